import Configuration
import Coordinator
import Foundation
import Records
import Studies
import TestSupport
import Testing

@Suite("study folder")
struct StudyFolderTests {
  private struct Sample: StudyRecord, Equatable {
    static let kind = StudyKind.scale
    var name = "sample"
    var machine = MachineRecord(cores: 2)
    var cells = [1.5, .infinity]

    var table: CSVTable {
      var table = CSVTable(columns: ["name", "value"])
      for cell in cells { table.append(["a \"quoted\", name", cell]) }
      return table
    }
  }

  private struct Other: StudyRecord {
    static let kind = StudyKind.sweep
    var name: String
    var machine: MachineRecord
    var table: CSVTable { CSVTable(columns: []) }
  }

  private func configuration() throws -> RunConfiguration {
    try RunConfiguration.decode(
      Data(#"{"data": {"dataset": "digits"}, "model": {"preset": "logistic"}}"#.utf8), file: "test", overrides: [])
  }

  @Test("a record reads back as it was written, with its kind beside its keys; another kind is refused")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/study"
      var sample = Sample()
      sample.cells = [1.5]
      do {
        let study = try StudyFolder(creating: path, configuration: configuration())
        #expect(try study.record(Sample.self) == nil)
        try study.write(sample)
        // Two at once would write over one another's cells.
        #expect(throws: RunFolderError.self) { try StudyFolder(resuming: path) }
      }
      let again = try StudyFolder(resuming: path)
      #expect(try again.record(Sample.self) == sample)
      #expect(try StudyFile.kind(inFolder: URL(fileURLWithPath: path)) == .scale)
      #expect(throws: RecordError.self) { try again.record(Other.self) }
    }
  }

  @Test("CSV quotes what needs it, and leaves out what is no number")
  func table() {
    #expect(Sample().table.text == "name,value\n\"a \"\"quoted\"\", name\",1.5\n\"a \"\"quoted\"\", name\",\n")
  }

  @Test("a directory that is not empty is never used, and one without a study is not resumed")
  func refused() throws {
    try withTemporaryFolder { folder in
      try "x".write(toFile: folder.path + "/file", atomically: true, encoding: .utf8)
      #expect(throws: RunFolderError.self) { try StudyFolder(creating: folder.path, configuration: configuration()) }
      #expect(throws: RunFolderError.self) { try StudyFolder(resuming: folder.path) }
    }
  }
}
