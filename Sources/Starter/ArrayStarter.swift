import Datasets
import Foundation

/// The keys of arrays: which files belong together.
enum ArrayStarter {
  /// An archive: its arrays' names tell the sets.
  static func archive(_ path: String) throws -> StarterData {
    let names = try BareData.arrayNames(path)
    var keys: [StarterData.Key] = [
      .init("path", .string(path), "Arrays are found by their names: x_train, y_train, x_test … or x and y.")
    ]
    if !names.hasTest {
      keys.append(
        .init(
          "testShare", 0.2, "There are no arrays of a test set: a fifth of the samples is set apart for it."))
    }
    return StarterData(
      dataset: "npz", name: StarterData.configurationName(path), keys: keys,
      details: ["arrays " + names.names.prefix(8).joined(separator: ", ") + (names.names.count > 8 ? ", …" : "")])
  }

  /// The files that belong to one of a set of arrays: inputs and labels, of training and test.
  ///
  /// - Parameter path: one of the four; the others lie beside it, and are called so.
  static func pairs(_ path: String, dataset: String) throws -> StarterData {
    let url = URL(fileURLWithPath: path)
    let folder = path.contains("/") ? url.deletingLastPathComponent().relativePath : "."
    let names = Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    guard let set = ArraySet(around: url.lastPathComponent, in: names) else { throw alone(path, dataset) }
    return data(set, folder: path.contains("/") ? folder : "", dataset, name: path)
  }

  /// A folder in which such files lie; `nil` for any other folder.
  static func folder(_ path: String) throws -> StarterData? {
    let names = Set((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
    for name in names.sorted() {
      guard let set = ArraySet(around: name, in: names) else { continue }
      switch try? DataForm(of: path + "/" + name) {
      case .npy: return data(set, folder: path, "npy", name: path)
      case .idx: return data(set, folder: path, "idx", name: path)
      default: continue
      }
    }
    return nil
  }

  private static func data(_ set: ArraySet, folder: String, _ dataset: String, name: String) -> StarterData {
    func files(_ pair: ArraySet.Pair) -> InlineJSON {
      let base = folder.isEmpty ? "" : folder + "/"
      return ["inputs": .string(base + pair.inputs), "labels": .string(base + pair.labels)]
    }
    return StarterData(
      dataset: dataset, name: StarterData.configurationName(name),
      keys: [
        .init("train", files(set.train), "Inputs, and the label of each: files with matching names."),
        .init("test", files(set.test), ""),
      ])
  }

  private static func alone(_ path: String, _ dataset: String) -> DataError {
    DataError(
      file: path, found: "no files beside it with the names of the other arrays of a data set",
      allowed: "four files, such as x_train, y_train, x_test, y_test, or train-images, train-labels, test-images, "
        + "test-labels",
      remedy: dataset == "npy"
        ? "name the files so; or put inputs and labels into one archive, of which a share is the test set: "
          + "numpy.savez(\"data.npz\", x=…, y=…)"
        : "name the files so, or write a config that names them (isotherm schema lists the keys)")
  }
}

/// Four files of a folder that are called alike: inputs and labels of a training and a test set.
struct ArraySet: Equatable {
  struct Pair: Equatable {
    var inputs: String
    var labels: String
  }

  var train: Pair
  var test: Pair

  /// How names differ between inputs and labels, and between training and test.
  private static let parts = [
    ("images-idx3", "labels-idx1"), ("images", "labels"), ("inputs", "labels"), ("inputs", "targets"),
    ("features", "labels"), ("data", "labels"), ("x", "y"), ("X", "y"), ("X", "Y"),
  ]
  private static let splits = [("train", "test"), ("train", "t10k"), ("training", "test"), ("Train", "Test")]

  /// Finds the other three to one of them.
  init?(around name: String, in names: Set<String>) {
    for (inputs, labels) in Self.parts {
      for (train, test) in Self.splits {
        for form in [name] + [(labels, inputs), (test, train)].compactMap({ Self.replace($0, by: $1, in: name) })
          + [Self.replace(labels, by: inputs, in: Self.replace(test, by: train, in: name) ?? "")].compactMap(\.self)
        {
          guard let trainLabels = Self.replace(inputs, by: labels, in: form),
            let testInputs = Self.replace(train, by: test, in: form),
            let testLabels = Self.replace(train, by: test, in: trainLabels),
            Set([form, trainLabels, testInputs, testLabels]).isSubset(of: names)
          else { continue }
          self.train = Pair(inputs: form, labels: trainLabels)
          self.test = Pair(inputs: testInputs, labels: testLabels)
          return
        }
      }
    }
    return nil
  }

  /// The name with another word where `word` stands as one; `nil` where it does not.
  private static func replace(_ word: String, by other: String, in name: String) -> String? {
    var start = name.startIndex
    while let range = name.range(of: word, range: start..<name.endIndex) {
      let before = range.lowerBound == name.startIndex ? nil : name[name.index(before: range.lowerBound)]
      let after = range.upperBound == name.endIndex ? nil : name[range.upperBound]
      if !(before?.isLetter ?? false), !(after?.isLetter ?? false) || word.count > 1 && after?.isUppercase == true {
        return name.replacingCharacters(in: range, with: other)
      }
      start = range.upperBound
    }
    return nil
  }
}
