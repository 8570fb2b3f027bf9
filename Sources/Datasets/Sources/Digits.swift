import Foundation
import Kernels
import Keys

/// The UCI digits inside the package: 1,797 images of 8 × 8 values 0 to 16.
///
/// "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0;
/// see Resources/DIGITS-LICENSE.txt.
package struct DigitsSource: DataSourceKind {
  package static let name = "digits"
  package static let about = "The UCI digits inside the package, 8×8 pixels."

  package static func keys(_ section: Section, _ value: DigitsSource?) -> DigitsSource { DigitsSource() }

  /// 1,257 training and 540 test images, class by class in the same proportion, always the same ones.
  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let (pixels, labels) = try Self.read(Self.locate(), request.progress)
    let test = Self.testRows(labels)
    return try request.normalized(
      train: Self.dataset(labels.indices.filter { !test.contains($0) }, pixels, labels),
      test: Self.dataset(labels.indices.filter { test.contains($0) }, pixels, labels))
  }
}

extension DataSource {
  /// The UCI digits inside the package: 1,797 images of 8×8, split 1,257 to 540, class by class.
  public static var digits: DataSource { DataSource(DigitsSource()) }
}

extension DigitsSource {
  private static let rows = 1797
  private static let testCount = 540
  private static let file = "digits.csv.gz"

  /// The rows of the test set.
  ///
  /// A class of n rows gives t of them, t in proportion to n (largest remainders, the lower class first, bring the sum
  /// to 540). They are spread evenly: occurrence j of the class is one of them where ⌊(j + 1) t ÷ n⌋ > ⌊j t ÷ n⌋. The
  /// file is in blocks of writers, so that an end of it would hold other hands than the rest.
  private static func testRows(_ labels: [Int]) -> Set<Int> {
    var counts = Array(repeating: 0, count: 10)
    for label in labels { counts[label] += 1 }
    var shares = counts.map { $0 * testCount / labels.count }
    let byRemainder = (0..<10).sorted {
      let (first, second) = (counts[$0] * testCount % labels.count, counts[$1] * testCount % labels.count)
      return first == second ? $0 < $1 : first > second
    }
    for label in byRemainder.prefix(testCount - shares.reduce(0, +)) { shares[label] += 1 }
    var seen = Array(repeating: 0, count: 10)
    var test: Set<Int> = []
    for (row, label) in labels.enumerated() {
      let (share, count, occurrence) = (shares[label], counts[label], seen[label])
      if (occurrence + 1) * share / count > occurrence * share / count { test.insert(row) }
      seen[label] += 1
    }
    return test
  }

  private static func dataset(_ rows: [Int], _ pixels: [UInt8], _ labels: [Int]) -> Dataset {
    Dataset(
      name: name, shape: .image(height: 8, width: 8, channels: 1),
      samples: .bytes(Buffer(rows.flatMap { pixels[$0 * 64..<($0 + 1) * 64] })),
      targets: .classes(Buffer(rows.map { Int32(labels[$0]) }), count: 10), unit: 16)
  }

  private static func read(
    _ path: String, _ progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> (pixels: [UInt8], labels: [Int]) {
    let reader = try ByteReader(path: path, progress: progress)
    let bytes = try reader.read(upTo: 1 << 20)
    var pixels: [UInt8] = []
    var labels: [Int] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let values = line.split(separator: UInt8(ascii: ",")).compactMap { UInt8(String(decoding: $0, as: UTF8.self)) }
      guard values.count == 65, values.prefix(64).allSatisfy({ $0 <= 16 }), values[64] < 10 else {
        throw damaged(path, found: "row \(labels.count + 1) is not 64 values of 0 to 16 and a digit")
      }
      pixels += values.prefix(64)
      labels.append(Int(values[64]))
    }
    guard labels.count == rows else { throw damaged(path, found: "\(labels.count) rows") }
    return (pixels, labels)
  }

  private static func damaged(_ path: String, found: String) -> DataError {
    DataError(
      file: path, found: found, allowed: "the 1,797 digits of the UCI repository", remedy: "build Isotherm again")
  }

  /// The resource, found without `Bundle.module`, which stops the program where the bundle is missing.
  ///
  /// Looked for: `$ISOTHERM_DATA/digits`; the bundle beside the executable, also behind a symbolic link; where an
  /// installation has it, `../share/isotherm`; the checkout that this was built from, if it is no installation.
  package static func locate(
    executable: URL? = Bundle.main.executableURL, resources: URL? = Bundle.main.resourceURL,
    checkout: String? = sourceFile, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> String {
    var candidates: [String] = []
    if let root = environment["ISOTHERM_DATA"], !root.isEmpty { candidates.append(expanded(root) + "/digits/" + file) }
    let beside = executable.map { $0.deletingLastPathComponent() }
    let behindLink = executable.map { $0.resolvingSymlinksInPath().deletingLastPathComponent() }
    for folder in [beside, behindLink, resources].compactMap(\.self) {
      for bundle in ["isotherm_Datasets.resources", "isotherm_Datasets.bundle"] {
        candidates.append(folder.appendingPathComponent(bundle).appendingPathComponent(file).path)
      }
    }
    candidates += InstalledFiles.candidates(file, executable: executable)
    if let checkout {
      let sources = URL(fileURLWithPath: checkout).deletingLastPathComponent().deletingLastPathComponent()
      candidates.append(sources.appendingPathComponent("Resources").appendingPathComponent(file).path)
    }
    if let path = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) { return path }
    throw DataError(
      file: file,
      found: "missing: neither beside the executable in \(beside?.path ?? "its folder"), nor in ../share/isotherm "
        + "from there, nor where it was built",
      allowed: "the folder isotherm_Datasets.resources beside the executable, with \(file) in it, or an installation",
      remedy: "copy that folder along with the executable, or put \(file) into $ISOTHERM_DATA/digits")
  }

  /// This file where it was compiled; an installation names no folder of the machine that built it.
  package static var sourceFile: String? {
    #if ISOTHERM_INSTALLATION
      nil
    #else
      #filePath
    #endif
  }
}
