import Foundation
import TestSupport
import Testing

@Suite("data list, fetch and inspect")
struct DataCommandTests {
  private let config = Command.packageFolder + "/Configs/digits.json"

  @Test("list names what can be fetched, with size, folder and whether it is there")
  func list() throws {
    try withTemporaryFolder { folder in
      let environment = ["ISOTHERM_DATA": folder.path]
      let result = try Command.run("data", "list", "--json", environment: environment)
      let entries = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
      #expect(
        entries.compactMap { $0["name"] as? String }
          == ["mnist", "fashion-mnist", "kmnist", "emnist", "cifar10", "cifar100"])
      #expect(entries.allSatisfy { $0["presence"] as? String == "absent" })
      #expect(entries[0]["folder"] as? String == folder.path + "/mnist")
      try FileManager.default.createDirectory(atPath: folder.path + "/mnist", withIntermediateDirectories: true)
      try Data([1]).write(to: folder.appendingPathComponent("mnist/train-labels-idx1-ubyte"))
      let text = try Command.run("data", "list", environment: environment)
      #expect(text.output.contains("in part") && text.output.contains("mnist is in \(folder.path)/mnist"))
    }
  }

  @Test("fetch refuses a name it does not know, and ends with 3 where no mirror has the files, with nothing left")
  func fetch() throws {
    try withTemporaryFolder { folder in
      let unknown = try Command.run("data", "fetch", "mnits")
      #expect(unknown.status == 2 && unknown.errors.contains("did you mean mnist?"), "\(unknown.errors)")
      let mirror = folder.appendingPathComponent("mirror")
      try FileManager.default.createDirectory(at: mirror, withIntermediateDirectories: true)
      try Data("not gzip".utf8).write(to: mirror.appendingPathComponent("train-images-idx3-ubyte.gz"))
      // A proxy at which nobody answers keeps the fetch from the network.
      let environment = ["https_proxy": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1", "no_proxy": ""]
      let target = folder.path + "/target"
      let run = try Command.run(
        "data", "fetch", "mnist", "--mirror", mirror.path, "--to", target, environment: environment)
      #expect(run.status == 3, "\(run.errors)")
      for words in ["SHA-256", "next mirror", "connect to server", "--mirror FOLDER"] {
        #expect(run.errors.contains(words), "\(run.errors)")
      }
      let left = (try? FileManager.default.contentsOfDirectory(atPath: target)) ?? []
      #expect(left == [] || left == ["train-images-idx3-ubyte.gz.part"], "\(left)")
      let missing = try Command.run("data", "inspect", "mnist", environment: ["ISOTHERM_DATA": folder.path + "/none"])
      #expect(missing.status == 3 && missing.errors.contains("`isotherm data fetch mnist`"), "\(missing.errors)")
    }
  }

  @Test("inspect is what data does by itself, and both have the keys that data always had")
  func inspect() throws {
    let old = try Command.run("data", config, "--json").json()
    let new = try Command.run("data", "inspect", config, "--json").json()
    #expect(NSDictionary(dictionary: old) == NSDictionary(dictionary: new))
    for key in [
      "name", "shape", "outputs", "classNames", "train", "test", "memoryBytes", "columns", "duplicates", "warnings",
    ] {
      #expect(new[key] != nil, "\(key)")
    }
    #expect(
      (new["train"] as? [String: Any])?["samplesPerClass"] as? [Int] == [
        124, 127, 124, 128, 127, 127, 127, 125, 122, 126,
      ])
    let named = try Command.run("data", "inspect", "digits", "--json").json()
    #expect(NSDictionary(dictionary: named) == NSDictionary(dictionary: new))
  }

  @Test("inspect shows pictures as letters where there is no terminal, and writes a contact sheet")
  func sheet() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run("data", "inspect", "digits", "--out", "sheet.png", "--samples", "3", in: folder)
      #expect(result.status == 0 && result.output.contains("sheet.png") && !result.output.contains("\u{1B}"))
      #expect(result.output.contains("%") && result.output.contains("@"))
      let bytes = try Data(contentsOf: folder.appendingPathComponent("sheet.png"))
      #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) && bytes.count > 1000)
    }
  }

  @Test("inspect warns of what is wrong with a table")
  func warnings() throws {
    try withTemporaryFolder { folder in
      let rows = (0..<60).map { "\($0),7,\(40_000_000 + $0).25,\($0 % 2 == 0 ? "a" : "b")\n" }
      try Data(("x,unit,place,class\n" + rows.joined()).utf8).write(to: folder.appendingPathComponent("train.csv"))
      try Data(("x,unit,place,class\n" + rows[3] + rows[4] + "-1,7,9,a\n").utf8)
        .write(to: folder.appendingPathComponent("test.csv"))
      let config =
        #"{"data": {"dataset": "csv", "train": "train.csv", "test": "test.csv", "label": "class"}, "#
        + #""model": {"preset": "logistic"}}"#
      try Data(config.utf8).write(to: folder.appendingPathComponent("config.json"))
      let result = try Command.run("data", "config.json", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      for words in ["2 of 3 (66.7 %) test samples", "\"unit\" is constant", "loses digits"] {
        #expect(result.output.contains(words), "\(result.output)")
      }
      let bare = try Command.run("data", "inspect", "train.csv", "--json", in: folder).json()
      #expect((bare["columns"] as? [[String: Any]])?.count == 4 && bare["task"] as? String == "none")
      let labelled = try Command.run("data", "inspect", "train.csv", "--label", "class", "--json", in: folder).json()
      #expect(labelled["classNames"] as? [String] == ["a", "b"])
      let sheet = try Command.run("data", "inspect", "config.json", "--out", "sheet.png", in: folder)
      #expect(sheet.status == 2 && sheet.errors.contains("not images"), "\(sheet.errors)")
    }
  }

  @Test("what is neither a file nor a name is refused with the names; a folder in place of a config, too")
  func subjects() throws {
    try withTemporaryFolder { folder in
      let none = try Command.run("data", "inspect", "minst", in: folder)
      #expect(none.status == 2 && none.errors.contains("mnist"), "\(none.errors)")
      let plan = try Command.run("plan", folder.path, in: folder)
      #expect(plan.status == 2 && plan.errors.contains("is a folder"), "\(plan.errors)")
      let relative = try Command.run("plan", "config.json", in: folder)
      #expect(relative.status == 2 && relative.errors.contains("no such file in /"), "\(relative.errors)")
    }
  }

  @Test("a file that reaches the limit on file sizes is an error with advice, not the end by a signal")
  func fileSizeLimit() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        ["train", config, "--out", "run", "-q", "--set", "epochs=1"], in: folder, limits: "ulimit -f 40")
      #expect(result.status == 1 && result.errors.contains("ulimit -f"), "\(result.status) \(result.errors)")
    }
  }
}
