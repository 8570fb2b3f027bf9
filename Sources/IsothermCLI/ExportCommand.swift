import ArgumentParser
import Charts
import Configuration
import Coordinator
import Exporters
import Foundation
import JSON

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a model for other programs: ONNX Runtime, PyTorch, NumPy.",
    discussion: """
      \(ExportFormat.allCases.map { "  \($0.rawValue): \($0.exporter.about)" }.joined(separator: "\n"))

        isotherm export runs/wine-20260131-120000 --format onnx
        isotherm export model.safetensors --format pytorch --output wine.py

      What is written takes numbers as the data's files have them, and agrees with predict to 1e-5. docs/export.md says \
      what each form holds.
      """)

  @OptionGroup var model: ModelOptions
  @Option(help: ArgumentHelp("\(ExportFormat.listed)."))
  var format: ExportFormat
  @Option(
    help: "The file to write; one that is there is replaced. Default: the run's name in the current folder.",
    completion: .file())
  var output: String?
  @OptionGroup var printing: OutputOptions

  /// What `export --json` prints.
  struct Result: Encodable {
    var files: [String]
    var format: String
    var bytes: Int
  }

  func run() throws {
    let model = try model.load(quiet: printing.quiet)
    let exporter = format.exporter
    let path = output ?? exporter.fileName(model.configuration.name) + "." + exporter.fileExtension
    try requireOthers(exporter.files(for: path))
    let files = try exporter.write(model, to: path)
    let bytes = try files.reduce(0) { sum, file in
      sum + (try URL(fileURLWithPath: file).resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0)
    }
    if printing.json {
      printResult(JSONText.pretty(Result(files: files, format: format.rawValue, bytes: bytes)))
    } else {
      printResult("\(files.joined(separator: ", ")), \(HumanFormat.bytes(bytes)): \(exporter.usage(files, of: model))")
    }
  }

  /// Refuses to write over the model that is read.
  private func requireOthers(_ files: [String]) throws {
    func place(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    let source = try model.weightsFile()
    if let same = files.first(where: { place($0) == place(source) }) {
      throw ReportTargetError(path: same, message: "is the model that is exported; name another file with --output")
    }
  }
}

extension ExportFormat: ExpressibleByArgument {
  /// Their names, for messages.
  static var listed: String {
    let names = allCases.map(\.rawValue)
    return names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
  }
}
