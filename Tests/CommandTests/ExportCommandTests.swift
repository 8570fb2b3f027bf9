import Foundation
import TestSupport
import Testing

@Suite("The command export")
struct ExportCommandTests {
  @Test("writes each form under the run's name in the current folder, and says how it is used")
  func forms() throws {
    try TrainedRuns.with { runs in
      try runs.trainClasses(3)
      let expected = [
        "safetensors": ["run.safetensors"], "npz": ["run.npz"], "onnx": ["run.onnx"],
        "pytorch": ["run.py", "run.safetensors"],
      ]
      for (format, files) in expected {
        let json = try runs.run("export", "run", "--format", format, "--json").json()
        #expect(json["format"] as? String == format && json["files"] as? [String] == files)
        let bytes = try files.reduce(0) { try $0 + Data(contentsOf: URL(fileURLWithPath: runs.path($1))).count }
        #expect(json["bytes"] as? Int == bytes)
        // The same bytes at any time: nothing of a clock or a folder is inside.
        let before = try files.map { try Data(contentsOf: URL(fileURLWithPath: runs.path($0))) }
        let again = try runs.run("export", "run/weights.safetensors", "--format", format)
        #expect(again.status == 0 && again.errors.isEmpty)
        #expect(again.output.hasPrefix(files.joined(separator: ", ")) && again.output.contains(": "))
        #expect(try files.map { try Data(contentsOf: URL(fileURLWithPath: runs.path($0))) } == before)
      }
      let left = try runs.files.filter { $0.hasSuffix(".partial") }
      #expect(left.isEmpty)
    }
  }

  @Test("writes its own form as the run did")
  func ownForm() throws {
    try TrainedRuns.with { runs in
      try runs.trainClasses(3)
      #expect(try runs.run("export", "run", "--format", "safetensors", "--output", "a.safetensors").status == 0)
      let whole = try runs.run("predict", "run", "--top", "3")
      #expect(try runs.run("predict", "run.json", "--weights", "a.safetensors", "--top", "3").output == whole.output)
    }
  }

  @Test("takes names that are no words of Python, and names of modules, apart")
  func names() throws {
    try TrainedRuns.with { runs in
      for (name, file) in [
        ("20 best, \\\"big\\\" nets", "_20_best___big__nets.py"), ("torch", "torch_model.py"), ("class", "model.py"),
        (String(repeating: "long", count: 25), String(repeating: "long", count: 25) + ".py"),
      ] {
        try runs.train(
          "config", data: #"{ "dataset": "synthetic", "shape": [6], "classes": 3, "samples": 90, "testSamples": 30 }"#,
          model: #"{ "preset": "logistic" }"#, more: #""name": "\#(name)","#)
        let json = try runs.run("export", "config", "--format", "pytorch", "--json").json()
        #expect((json["files"] as? [String])?.first == file)
        let onnx = try runs.run("export", "config", "--format", "onnx", "--json")
        #expect(onnx.status == 0, "\(onnx.errors)")
        try FileManager.default.removeItem(atPath: runs.path("config"))
      }
    }
  }

  @Test("refuses what it cannot do, and leaves what is there as it is")
  func refusals() throws {
    try TrainedRuns.with { runs in
      try runs.trainClasses(3)
      let unknown = try runs.run("export", "run", "--format", "h5")
      #expect(unknown.status == 2)
      for format in ["safetensors", "npz", "onnx", "pytorch"] { #expect(unknown.errors.contains(format)) }
      #expect(try runs.run("export", "run").status == 2)
      let before = try Data(contentsOf: URL(fileURLWithPath: runs.path("run/weights.safetensors")))
      for output in ["run/weights.safetensors", "./run/../run/weights.py"] {
        let format = output.hasSuffix(".py") ? "pytorch" : "safetensors"
        let own = try runs.run("export", "run", "--format", format, "--output", output)
        #expect(own.status == 2 && own.errors.contains("is the model that is exported"), "\(own.errors)")
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: runs.path("run/weights.safetensors"))) == before)
      let hidden = try runs.run("export", "run", "--format", "pytorch", "--output", "numpy.py")
      #expect(hidden.status == 1 && hidden.errors.contains("hides the module numpy"))
      let nowhere = try runs.run("export", "run", "--format", "onnx", "--output", "missing/model.onnx")
      #expect(nowhere.status == 1 && nowhere.errors.contains("missing/model.onnx"))
      let folder = try runs.run("export", "run", "--format", "npz", "--output", "run")
      #expect(folder.status == 1 && folder.errors.contains("a folder is in the way"))
      try before.prefix(before.count - 9).write(to: URL(fileURLWithPath: runs.path("short.safetensors")))
      let short = try runs.run("export", "short.safetensors", "--format", "onnx", "--output", "short.onnx")
      #expect(short.status == 1 && short.errors.contains("short.safetensors"), "\(short.errors)")
      let files = try runs.files
      #expect(!files.contains { $0.hasSuffix(".onnx") || $0.hasSuffix(".partial") || $0.hasSuffix(".py") })
    }
  }
}
