import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Keys
import Workers

/// Times what a run does to get its samples: loading the data that a config names (for an image folder, from an empty cache
/// and from a packed file), and gathering epochs of augmented batches into a worker's memory, on T threads.
///
/// `torchvision_loader.py` beside it does the same with torchvision's ImageFolder and PyTorch's DataLoader.
@main
struct LoaderBenchmark {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count >= 1, let threads = arguments.count > 1 ? Int(arguments[1]) : 2, threads > 0 else {
      FileHandle.standardError.write(Data("usage: LoaderBenchmark CONFIG [THREADS] [KEY.PATH=VALUE …]\n".utf8))
      exit(2)
    }
    let data = FileManager.default.contents(atPath: arguments[0]) ?? Data()
    let configuration = try RunConfiguration.decode(
      data, file: arguments[0], overrides: try arguments.dropFirst(2).map { try Override($0) })
    let start = Date()
    let splits = try RunData.load(configuration, threads: threads)
    let loadSeconds = -start.timeIntervalSinceNow
    let gatherer = SampleGatherer(splits.train, augmentations: configuration.data.augmentations, seed: 1)
    let batch = min(configuration.batch.size, splits.train.count)
    let order = TrainingOrder(
      count: splits.train.count, batch: batch, order: .reshuffle, lastBatch: .keep, seed: 1)
    let pool = WorkerPool(threads: threads)
    let inputs = (0..<threads).map { _ in Buffer<Float>(count: batch * splits.train.shape.count) }
    var epochs: [Double] = []
    for epoch in 0..<4 {
      let start = Date()
      for step in epoch * order.stepsPerEpoch..<(epoch + 1) * order.stepsPerEpoch {
        let position = order.position(ofStep: step)
        order.prepare(position)
        // As in a step: shards of a batch, one a worker.
        pool.run(threads) { worker, part in
          let positions = part * position.count / threads..<(part + 1) * position.count / threads
          guard !positions.isEmpty else { return }
          gatherer.gather(
            .batch(position, positions: positions, order: order),
            into: .inputs(inputs[worker].view.prefix(positions.count * splits.train.shape.count)))
        }
      }
      epochs.append(-start.timeIntervalSinceNow)
    }
    let count = Double(splits.train.count)
    print(
      String(
        format: "%d training samples of %@, %d threads: loading %.2f s; epochs", splits.train.count,
        "\(splits.train.shape)", threads, loadSeconds),
      epochs.map { String(format: "%.3f s (%.0f/s)", $0, count / $0) }.joined(separator: ", "),
      String(format: "; loading and the first epoch %.0f samples/s", count / (loadSeconds + epochs[0])))
  }
}
