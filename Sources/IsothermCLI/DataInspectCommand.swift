import ArgumentParser
import Charts
import Checkpoints
import Datasets
import Inspection
import JSON
import Pictures
import Reports

struct DataInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows what is in data, and what may be wrong with them.",
    discussion: """
      DATA is a config, a name of `isotherm data list`, a file (CSV, .npy, .npz, IDX) or a folder of pictures. Numbers are \
      looked at as the files have them, before they are normalised. Images are shown in the terminal; --out writes a \
      larger contact sheet.

        isotherm data inspect wine.csv                   # every column of a table
        isotherm data inspect wine.csv --label class     # as samples with a label
        isotherm data inspect mnist --out digits.png     # what images look like
      """)

  @Argument(help: "A config, a file, a folder or a name.", completion: .file()) var data: String
  @Option(name: .customLong("set"), help: .override)
  var overrides: [String] = []
  @Option(
    help: ArgumentHelp(
      "The label column of a CSV file, by name or by number from 0 (-1 is the last).", valueName: "column"))
  var label: String?
  @Option(
    help: ArgumentHelp("Writes a contact sheet of images to this PNG file.", valueName: "file"),
    completion: .file(extensions: ["png"]))
  var out: String?
  @Option(help: ArgumentHelp("Samples of each class on the contact sheet, 1 to 100.", valueName: "count")) var samples =
    10
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if !(1...100).contains(samples) { throw ValidationError("--samples: found \(samples), allowed is 1 to 100") }
  }

  func run() throws {
    switch try InspectionSubject.load(data, label: label, overrides: overrides, quiet: output.quiet) {
    case .samples(let samples): try show(samples)
    case .table(let table): try show(table)
    }
  }

  private func show(_ data: BareData) throws {
    let inspector = DataInspector(data)
    var inspection = showingProgress(quiet: output.quiet, activity: "looking at samples") { progress in
      inspector.inspect { progress(LoadingProgress(file: "", fraction: $0)) }
    }
    inspection.notes = data.notes + inspection.notes
    let sheet = ContactSheet(
      data.train, hasAnswers: data.hasAnswers, columns: samples, range: inspection.shownRange)
    if let out {
      guard let sheet else { throw noImages("samples of \(data.train.shape)") }
      try AtomicFile.write(sheet.picture.png(), to: out)
      inspection.sheet = out
    }
    if output.json { return printResult(JSONText.pretty(inspection)) }
    let style = TerminalStyle.detect(descriptor: 1)
    var text = InspectionText.text(inspection, shape: data.train.shape, style: style)
    if let sheet { text += "\n" + TerminalPicture.render(Self.tiles(sheet), style: style) }
    if let out { text += "\nThe contact sheet is \(out).\n" }
    printResult(text + InspectionText.warnings(inspection, style: style))
  }

  private func show(_ table: BareTable) throws {
    if out != nil { throw noImages("a table") }
    var inspector = TableInspector(table)
    let inspection = try inspector.inspect()
    if output.json { return printResult(JSONText.pretty(inspection)) }
    let style = TerminalStyle.detect(descriptor: 1)
    printResult(
      InspectionText.table(inspection, style: style) + InspectionText.warnings(inspection, style: style)
        + "note: --label COLUMN looks at it as samples with that label\n")
  }

  private func noImages(_ found: String) -> ValidationError {
    ValidationError("--out: \(found) are not images, so there is no contact sheet")
  }

  /// Columns of characters that a picture takes in the terminal, at most.
  private static let tilePixels = 20

  /// The first sample of each class, or the first samples, small enough for a terminal.
  private static func tiles(_ sheet: ContactSheet) -> [TerminalPicture.Tile] {
    let tiles = sheet.rows.count > 1 && sheet.rows[0][0].label != "" ? sheet.rows.map { $0[0] } : sheet.rows[0]
    return tiles.prefix(20).map { tile in
      let longest = max(tile.picture.height, tile.picture.width)
      let small =
        longest <= tilePixels
        ? tile.picture
        : tile.picture.resized(
          height: max(1, tile.picture.height * tilePixels / longest),
          width: max(1, tile.picture.width * tilePixels / longest))
      let color = small.converted(channels: 3)
      return TerminalPicture.Tile(bytes: color.bytes, height: color.height, width: color.width, label: tile.label)
    }
  }
}
