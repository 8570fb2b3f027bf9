import Foundation

/// A folder with a known data set, and what to say where it is missing.
package struct DataLocation {
  /// The folder to look in.
  package let folder: String
  /// How the folder was found.
  package let origin: String
  /// Which data set it is.
  package let dataset: NamedDataset

  /// The folder of `data.path` or, left out, `$ISOTHERM_DATA/NAME`, else `isotherm/NAME` in the user's cache directory
  /// (`$XDG_CACHE_HOME`, else `~/.cache`).
  package init(
    _ dataset: NamedDataset, path: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.dataset = dataset
    let name = dataset.rawValue
    if let path {
      folder = expanded(path)
      origin = "data.path"
    } else if let root = environment["ISOTHERM_DATA"], !root.isEmpty {
      folder = expanded(root) + "/" + name
      origin = "$ISOTHERM_DATA/\(name)"
    } else if let cache = environment["XDG_CACHE_HOME"], !cache.isEmpty {
      folder = cache + "/isotherm/" + name
      origin = "$XDG_CACHE_HOME/isotherm/\(name), as neither data.path nor ISOTHERM_DATA is set"
    } else {
      folder = expanded("~/.cache/isotherm/" + name)
      origin = "~/.cache/isotherm/\(name), as neither data.path nor ISOTHERM_DATA is set"
    }
  }

  /// The first of the files that exists, plain or gzip, in the folder or in one of its `subfolders`.
  func file(_ names: [String], subfolders: [String] = []) throws(DataError) -> String {
    for place in [folder] + subfolders.map({ folder + "/" + $0 }) {
      for name in names {
        for candidate in [place + "/" + name, place + "/" + name + ".gz"]
        where FileManager.default.fileExists(atPath: candidate) {
          return candidate
        }
      }
    }
    let exists = FileManager.default.fileExists(atPath: folder)
    throw DataError(
      file: folder, found: exists ? "there is no \(names[0]) here (\(origin))" : "there is no such folder (\(origin))",
      allowed: contents,
      remedy: "get the files from \(homepage) and put them there, or name their folder in data.path")
  }

  private var contents: String {
    switch dataset {
    case .mnist, .fashionMNIST:
      "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz"
    case .cifar10:
      "data_batch_1.bin to data_batch_5.bin and test_batch.bin, plain or .gz (the \"binary version\", unpacked)"
    }
  }

  private var homepage: String {
    switch dataset {
    case .mnist: "https://yann.lecun.com/exdb/mnist"
    case .fashionMNIST: "https://github.com/zalandoresearch/fashion-mnist"
    case .cifar10: "https://www.cs.toronto.edu/~kriz/cifar.html"
    }
  }
}

/// A path whose leading `~/` is the user's home folder.
func expanded(_ path: String) -> String {
  guard path.hasPrefix("~/") else { return path }
  return FileManager.default.homeDirectoryForCurrentUser.path + path.dropFirst()
}
