import Foundation
import TestSupport
import Testing

@Suite("What a wrong command line is answered with")
struct MessageCommandTests {
  private func errors(_ arguments: String..., status: Int32 = 2) throws -> String {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("d.json")
      try Data(#"{ "data": "digits", "model": "mlp", "epochs": 1 }"#.utf8).write(to: file)
      try Data("a,b,label\n1,2,x\n3,4,y\n".utf8).write(to: folder.appendingPathComponent("t.csv"))
      let result = try Command.run(arguments, in: folder)
      #expect(result.status == status && result.output.isEmpty, "\(arguments): \(result.output)\(result.errors)")
      #expect(result.errors.hasPrefix("isotherm: "), "\(arguments): \(result.errors)")
      #expect(!result.errors.contains("Error: ") && !result.errors.contains("Usage: isotherm <subcommand>"))
      return result.errors
    }
  }

  @Test("a command that there is not leads to the nearest one")
  func commands() throws {
    #expect(try errors("trian", "d.json").hasPrefix("isotherm: trian: no such command; nearest: train\n"))
    #expect(try errors("d.json").contains("no such command"))
  }

  @Test("an option that is a key of the config leads to --set, with the value that was given")
  func keys() throws {
    #expect(try errors("train", "d.json", "--epochs", "5").contains("--set epochs=5\n"))
    #expect(try errors("train", "d.json", "--lr=0.1").contains("--set learningRate.reference=0.1\n"))
    #expect(try errors("train", "d.json", "--batch-size").contains("--set batch.size=VALUE\n"))
    #expect(try !errors("train", "d.json", "--qwertz").contains("key of the config"))
    #expect(try errors("train", "d.json", "--epochs", "5").contains("Usage: isotherm train "))
  }

  @Test("what is none of its kind is called what it is")
  func kinds() throws {
    #expect(try errors("evaluate", "nothing").contains("nothing: there is no such directory in /"))
    #expect(try errors("replay", "nothing").contains("nothing: there is no such directory in /"))
    #expect(try errors("train", "--resume", "/nonexistent").contains("/nonexistent: there is no such directory; "))
    #expect(try errors("evaluate", "d.json", "--weights", "t.csv", status: 1).contains("t.csv: is a text"))
    #expect(try errors("train", "d.json", "--threads", "0").contains("See 'isotherm train --help'"))
    #expect(try errors("schema", "lr").contains("lr: there is no such key; nearest: learningRate.reference"))
  }

  @Test("--quiet leaves one sentence, which says where the results are")
  func quiet() throws {
    try withTemporaryFolder { folder in
      try Data(#"{ "data": "digits", "model": "logistic", "epochs": 1 }"#.utf8).write(
        to: folder.appendingPathComponent("d.json"))
      let run = try Command.run("train", "d.json", "--out", "run", "--quiet", in: folder)
      #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
      #expect(run.output.split(separator: "\n").count == 1 && run.output.hasSuffix(" Results: run\n"), "\(run.output)")
      let study = try Command.run("noise", "d.json", "--out", "study", "--quiet", in: folder)
      #expect(study.status == 0 && study.errors.isEmpty, "\(study.errors)")
      #expect(
        study.output.split(separator: "\n").count == 1 && study.output.hasSuffix(" Results: study\n"),
        "\(study.output)")
    }
  }

  @Test("the commands are listed in groups, every one of them once")
  func groups() throws {
    let help = try Command.run("--help").output
    for group in ["TRAIN", "USE A MODEL", "FIND THREADS", "LOOK INTO A RUN"] {
      #expect(help.uppercased().contains(group), "\(group)")
    }
    for name in ["train", "predict", "scale", "replay", "doctor"] {
      #expect(help.split(separator: "\n").count { $0.hasPrefix("  \(name) ") } == 1, "\(name)")
    }
  }
}
