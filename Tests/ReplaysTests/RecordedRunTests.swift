import Checkpoints
import Coordinator
import Foundation
import Replays
import TestSupport
import Testing

/// Any step of a run can be computed again from what the run left.
@Suite struct RecordedRunTests {
  @Test(
    "a step is computed again to the bit, from the beginning and from a checkpoint, with any number of threads",
    arguments: [1, 2, 3, 7])
  func sameBits(threads: Int) throws {
    try withTemporaryFolder { folder in
      let digests = try RecordedRuns.train(RecordedRuns.digits(steps: 12), in: folder.path + "/run")
      let run = try RecordedRun(folder: folder.path + "/run", threads: threads)
      #expect(run.checkpoints.steps() == [10, 12])
      for step in [0, 3, 10, 11] {
        #expect(try run.trainer(after: step).weightsSHA256 == digests[step])
      }
    }
  }

  @Test("a step that the run does not have is refused")
  func beyond() throws {
    try withTemporaryFolder { folder in
      try RecordedRuns.train(RecordedRuns.digits(steps: 4), in: folder.path + "/run")
      let run = try RecordedRun(folder: folder.path + "/run")
      #expect(throws: ReplayError.self) { _ = try run.trainer(after: 5) }
    }
  }
}
