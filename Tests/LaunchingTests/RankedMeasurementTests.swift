import Coordinator
import Foundation
import Launching
import TestSupport
import Testing

/// With a launcher that is a script: what is asked of it, and what is made of its end.
@Suite("A program that a launcher of MPI runs as some ranks", .serialized)
struct RankedMeasurementTests {
  private func launcher(_ script: String, in folder: URL) throws -> MPIRun {
    let file = folder.appendingPathComponent("mpirun")
    try "#!/bin/bash\n\(script)\n".write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    return MPIRun(path: file.path, family: .mpich)
  }

  @Test("gets the ranks and the command; its end is told by its code")
  func command() throws {
    try withTemporaryFolder { folder in
      let heard = folder.appendingPathComponent("heard").path
      let launcher = try launcher("printf '%s|' \"$@\" > '\(heard)'", in: folder)
      #expect(try launcher.run(["isotherm", "scale", "a b.json"], ranks: 3, stop: StopRequest()) == 0)
      #expect(try String(contentsOfFile: heard, encoding: .utf8) == "-n|3|isotherm|scale|a b.json|")
    }
  }

  @Test("is an error with its own words where it fails, or is ended by a signal")
  func failure() throws {
    try withTemporaryFolder { folder in
      for script in ["echo no slots left >&2; exit 3", "echo no slots left >&2; kill -9 $$"] {
        let launcher = try launcher(script, in: folder)
        let error = #expect(throws: LaunchError.self) {
          try launcher.run(["isotherm"], ranks: 2, stop: StopRequest())
        }
        #expect(error?.description.contains("2 ranks") == true && error?.description.contains("no slots left") == true)
      }
    }
  }

  @Test("is asked once to come to its end when the study is to stop, and its code is no failure then")
  func stopping() throws {
    try withTemporaryFolder { folder in
      let ready = folder.appendingPathComponent("ready").path
      let launcher = try launcher(
        "trap 'exit 75' USR1; touch '\(ready)'; while true; do sleep 0.05; done", in: folder)
      let stop = StopRequest()
      let thread = Thread {
        while !FileManager.default.fileExists(atPath: ready) { usleep(1000) }
        stop.raise()
      }
      thread.start()
      let code = try withSignalPassed { try launcher.run(["isotherm"], ranks: 2, stop: stop) }
      #expect(code == 75)
    }
  }
}
