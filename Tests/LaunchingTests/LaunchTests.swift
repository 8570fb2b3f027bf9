import Coordinator
import Foundation
import Launching
import TestSupport
import Testing

/// Runs that are started again, by a launcher that is a script: which hosts it gets, and when it is asked or ended.
@Suite("A run that is launched on several hosts", .serialized)
struct LaunchTests {
  /// Calls `body` with the launcher's folder, and a launch over hosts a and b that looks often.
  ///
  /// The script writes the hosts of each start to `starts`, and then does what `script` says; `$start` counts from 1, and
  /// `save N` leaves a checkpoint. Asked whether a host answers, it says so unless there is a file `NAME-down`.
  private func withLaunch(
    _ script: String, hosts: [String] = ["a", "b"], restarts: Int = 5,
    _ body: (_ launch: () throws -> Launch.Outcome, _ said: () -> [String], _ starts: () throws -> [String]) throws ->
      Void
  ) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("mpirun")
      try """
      #!/bin/bash
      cd '\(folder.path)'
      if [ "${@: -1}" = true ]; then
        host=${2%%:*}; [ ! -e "$host-down" ]; exit
      fi
      echo "$2 ${@: -1}" >> starts
      start=$(wc -l < starts)
      mkdir -p run/checkpoints
      save() { touch run/checkpoints/step-0000000$1.safetensors; }
      \(script)
      """.write(to: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
      var order = Launch.Order(
        mpirun: MPIRun(path: file.path, family: .mpich), hosts: hosts, ranksPerHost: 1, restarts: restarts,
        variables: [],
        folder: folder.path + "/run", first: ["isotherm", "first"], resuming: ["isotherm", "resuming"], isResumed: false
      )
      order.probeSeconds = 0.1
      order.graceSeconds = 0.3
      let said = Locked<[String]>([])
      let launch = Launch(order, stop: StopRequest()) { words in said.withLock { $0.append(words) } }
      try body(
        { try withSignalPassed(launch.run) }, { said.withLock { $0 } },
        {
          try String(contentsOf: folder.appendingPathComponent("starts"), encoding: .utf8).split(separator: "\n")
            .map(String.init)
        })
    }
  }

  @Test("goes on without a host that is lost, and takes it in again at the next checkpoint once it answers")
  func returning() throws {
    try withLaunch(
      """
      case $start in
        1) save 1; touch b-down; exit 1 ;;
        2) trap 'exit 75' USR1
           sleep 0.3; rm b-down
           for number in $(seq 2 2000); do sleep 0.3; save $number; done ;;
        *) exit 0 ;;
      esac
      """
    ) { launch, said, starts in
      let outcome = try launch()
      #expect(outcome.code == 0 && outcome.attempts == 3 && outcome.failures == 1)
      #expect(try starts() == ["a:1,b:1 first", "a:1 resuming", "a:1,b:1 resuming"])
      #expect(said().contains("b cannot be reached"))
      #expect(said().contains("b answers again; it is taken in at the next checkpoint"))
      #expect(said().contains("b is back; continuing from the checkpoint with it"))
    }
  }

  @Test("ends a launcher that stays when the run is over on all hosts, though none of them is this machine")
  func hanging() throws {
    try withLaunch(
      """
      if [ $start = 1 ]; then
        save 1; touch run/run.lock; flock run/run.lock sleep 3 &
        # Waits for ranks that it cannot reach.
        exec sleep 600
      fi
      exit 0
      """
    ) { launch, said, starts in
      let outcome = try launch()
      #expect(outcome.code == 0 && outcome.attempts == 2 && outcome.failures == 1)
      #expect(try starts().count == 2)
      #expect(said().count { $0.contains("does not end though its ranks have") } == 1)
    }
  }

  @Test("gives up after as many failures as are allowed, and says how to go on; codes that would come again are final")
  func givingUp() throws {
    try withLaunch("save $start; exit 1", restarts: 2) { launch, _, starts in
      let error = #expect(throws: LaunchError.self) { try launch() }
      #expect(error?.description.contains("3 times") == true && error?.description.contains("--resume") == true)
      let count = try starts().count
      #expect(count == 3)
    }
    try withLaunch("exit 4") { launch, _, starts in
      let (code, count) = (try launch().code, try starts().count)
      #expect(code == 4 && count == 1)
    }
  }
}
