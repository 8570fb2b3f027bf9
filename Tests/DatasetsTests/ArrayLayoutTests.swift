import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

@Suite("Images in arrays") struct ArrayLayoutTests {
  /// Two training and one test image of some shape, whose numbers count.
  private func load(_ shape: [Int], _ layout: ArrayLayout, in folder: URL) throws -> DataSplits {
    func paths(_ count: Int, _ name: String) throws -> ImageLabelPaths {
      let numbers = (0..<count * shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0) }
      return ImageLabelPaths(
        inputs: try DataFiles.write(DataFiles.idx([count] + shape, numbers), name + "-x", in: folder),
        labels: try DataFiles.write(DataFiles.idx([count], (0..<count).map { UInt8($0 % 2) }), name + "-y", in: folder))
    }
    let source = IDXSource(
      train: try paths(2, "train"), test: try paths(1, "test"), reading: ArrayReading(task: .auto, layout: layout))
    return try source.load(LoadingRequest(seed: 1, normalization: .none))
  }

  @Test(
    "have channels first only where the shape leaves no doubt",
    arguments: [
      ([3, 8, 7], 8, 7, 3), ([1, 5, 6], 5, 6, 1), ([4, 6, 6], 6, 6, 4), ([8, 7, 3], 8, 7, 3), ([8, 7, 1], 8, 7, 1),
      ([4, 4, 3], 4, 4, 3), ([3, 4, 4], 4, 4, 3), ([4, 4, 1], 4, 4, 1), ([5, 6, 7], 5, 6, 7), ([6, 5], 6, 5, 1),
    ])
  func layouts(shape: [Int], height: Int, width: Int, channels: Int) throws {
    try withTemporaryFolder { folder in
      let splits = try load(shape, .auto, in: folder)
      #expect(splits.train.shape == .image(height: height, width: width, channels: channels))
      let isFirst = shape.count == 3 && shape != [height, width, channels]
      let size = height * width
      let wanted = (0..<size * channels).map {
        isFirst ? Float($0 % channels * size + $0 / channels) : Float($0)
      }
      #expect(splits.test.numbers == wanted)
      #expect(splits.notes.contains { $0.contains("first") } == isFirst)
    }
  }

  @Test("of a doubtful shape are asked about, and read as they are said to be")
  func doubt() throws {
    try withTemporaryFolder { folder in
      for shape in [[3, 8, 3], [3, 3, 3], [3, 8, 1], [1, 8, 4], [4, 5, 3]] {
        expectRefusal("train-x", "layout", "\(shape[1])") { try load(shape, .auto, in: folder) }
        let first = try load(shape, .channelsFirst, in: folder).train
        #expect(first.shape == .image(height: shape[1], width: shape[2], channels: shape[0]))
        #expect(first.numbers[1] == Float(shape[0] > 1 ? shape[1] * shape[2] : 1))
        let last = try load(shape, .channelsLast, in: folder).train
        #expect(last.shape == .image(height: shape[0], width: shape[1], channels: shape[2]) && last.numbers[1] == 1)
      }
      expectRefusal("train-x", "[2, 6, 5]", "layout") { try load([6, 5], .channelsFirst, in: folder) }
      #expect(try load([9, 12, 12], .auto, in: folder).notes.contains { $0.contains("12 channels") })
    }
  }
}
