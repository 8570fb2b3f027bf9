import Checkpoints
import Coordinator
import Datasets
import Exporters
import Foundation
import Models
import TestSupport
import Testing

@Suite("Files of exported models")
struct FormTests {
  private let test = ExportCase(
    "form", .layers([.dense(units: 5, bias: true), .relu, .dense(units: 3, bias: true)]), .features(4))

  @Test("are the same bytes each time, replace what was there, and leave nothing beside them")
  func bytes() throws {
    let model = try test.models().exported
    try withTemporaryFolder { folder in
      for format in ExportFormat.allCases {
        let path = folder.appendingPathComponent("model." + format.exporter.fileExtension).path
        try "something else".write(toFile: path, atomically: true, encoding: .utf8)
        let files = try format.exporter.write(model, to: path)
        #expect(files == format.exporter.files(for: path))
        let first = try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        _ = try format.exporter.write(model, to: path)
        let second = try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        #expect(first == second)
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(left == ["model.npz", "model.onnx", "model.py", "model.safetensors"])
    }
  }

  @Test("come of a whole file only: one that is cut short is refused by its name")
  func truncated() throws {
    let model = try test.models().exported
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("whole.safetensors").path
      _ = try ExportFormat.safetensors.exporter.write(model, to: path)
      #expect(try Model(file: path).network.storedTensors.count == 4)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      for count in [0, 7, 300, bytes.count - 1] {
        try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: CheckpointError.self) { try Model(file: path) }
        #expect(error?.path == path)
      }
    }
  }

  @Test("have names that a file system and Python take, whatever a run is called")
  func names() {
    let long = String(repeating: "ä", count: 300)
    for format in ExportFormat.allCases {
      for name in ["a/b", ".hidden", long, "", "20 nets", "csv", "class", "…"] {
        let file = format.exporter.fileName(name)
        let isUsable = !file.isEmpty && !file.hasPrefix(".") && !file.contains("/") && file.utf8.count <= 200
        #expect(isUsable, "\(format) \(name): \(file)")
      }
    }
    let python = ["20 nets", "csv", "class", "…", "wine"].map(ExportFormat.pytorch.exporter.fileName)
    #expect(python == ["_20_nets", "csv_model", "model", "model", "wine"])
  }

  @Test("cannot hide a module that the Python file imports")
  func hidden() throws {
    let model = try test.models().exported
    #expect(throws: ExportError.self) { try ExportFormat.pytorch.exporter.write(model, to: "torch.py") }
  }
}
