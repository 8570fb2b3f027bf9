import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct MNISTTests {
  @Test(
    "MNIST is 60,000 and 10,000 images with the known first labels and pixel statistics",
    .enabled(if: SharedData.hasMNIST, "needs MNIST beside the checkout"))
  func facts() throws {
    var seen: [LoadingProgress] = []
    let data = DataConfiguration(source: .named(.mnist, path: SharedData.mnist.path), normalization: .unit)
    let splits = try DatasetLoader.load(data, seed: 1) { seen.append($0) }
    #expect(splits.train.count == 60_000)
    #expect(splits.test.count == 10_000)
    #expect(splits.train.shape == .image(height: 28, width: 28, channels: 1))
    #expect(splits.train.labels.prefix(6) == [5, 0, 4, 1, 9, 2])
    #expect(splits.test.labels.prefix(6) == [7, 2, 1, 0, 4, 1])
    #expect(splits.memoryBytes == 70_000 * (784 + 4))
    let statistics = ChannelStatistics(splits.train.stored)
    #expect(abs(statistics.means[0] / 255 - 0.1307) < 0.00005)
    #expect(abs(statistics.deviations[0] / 255 - 0.3081) < 0.00005)

    let files = Set(seen.map { URL(fileURLWithPath: $0.file).lastPathComponent })
    #expect(files.count == 4)
    for file in files {
      let fractions = seen.filter { $0.file.hasSuffix(file) }.map(\.fraction)
      #expect(fractions == fractions.sorted())
      #expect(fractions.last == 1)
    }
  }

  @Test("plain files, gzip files and names with a dot are all found, and labels may not pass 9")
  func names() throws {
    try withTemporaryFolder { folder in
      let images = DataFiles.idx([2, 2, 3], Array(1...12))
      try DataFiles.write(images, "train-images.idx3-ubyte", in: folder)
      try DataFiles.writeCompressed(DataFiles.idx([2], [9, 0]), "train-labels-idx1-ubyte.gz", in: folder)
      try DataFiles.writeCompressed(DataFiles.idx([2, 2, 3], Array(21...32)), "t10k-images-idx3-ubyte.gz", in: folder)
      try DataFiles.write(DataFiles.idx([2], [1, 1]), "t10k-labels-idx1-ubyte", in: folder)
      let splits = try DataFiles.load(.named(.fashionMNIST, path: folder.path))
      #expect(splits.train.labels == [9, 0] && splits.test.labels == [1, 1])
      #expect(splits.test.classNames[9] == "Ankle boot")
      #expect(splits.train.numbers == (1...12).map(Float.init) && splits.test.numbers == (21...32).map(Float.init))

      try DataFiles.write(DataFiles.idx([2], [1, 10]), "t10k-labels-idx1-ubyte", in: folder)
      expectRefusal("t10k-labels-idx1-ubyte", "label 10 at entry 1", "0 to 9") {
        try DataFiles.load(.named(.fashionMNIST, path: folder.path))
      }
    }
  }

  @Test("a missing data set says where it was looked for, which files are wanted and where they are from")
  func missing() throws {
    expectRefusal(
      "/nowhere/mnist", "data.path", "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "yann.lecun.com"
    ) { try DataFiles.load(.named(.mnist, path: "/nowhere/mnist")) }
    try withTemporaryFolder { folder in
      expectRefusal(folder.path, "no data_batch_1.bin", "www.cs.toronto.edu") {
        try DataFiles.load(.named(.cifar10, path: folder.path))
      }
    }
  }

  @Test("the default folder is $ISOTHERM_DATA, else the cache directory")
  func defaultFolder() {
    func folder(_ environment: [String: String]) -> String {
      DataLocation(FashionMNISTSource.self, path: nil, environment: environment).folder
    }
    #expect(folder(["ISOTHERM_DATA": "/data", "XDG_CACHE_HOME": "/cache"]) == "/data/fashion-mnist")
    #expect(folder(["XDG_CACHE_HOME": "/cache"]) == "/cache/isotherm/fashion-mnist")
    #expect(folder([:]).hasSuffix("/.cache/isotherm/fashion-mnist"))
    #expect(DataLocation(MNISTSource.self, path: "x", environment: ["ISOTHERM_DATA": "/data"]).folder == "x")
  }
}
