import Foundation

/// Which folders hold the parts of an image folder.
package struct PictureLayout: Equatable {
  /// The folder that messages name.
  let path: String
  /// The folder of each part.
  package private(set) var roots: [PictureFolder.Part: String]

  /// Folders that are named one by one.
  init(train: String, validation: String?, test: String?) {
    path = expanded(train)
    roots = [.train: path]
    roots[.validation] = validation.map(expanded)
    roots[.test] = test.map(expanded)
  }

  /// One folder: with `train`, and maybe `test` and `val` (`valid`, `validation`), in which the classes' folders lie, or with
  /// the classes' folders themselves.
  ///
  /// A folder `train` without folders in it is a class, of pictures of trains.
  package init(_ path: String) throws(DataError) {
    let path = expanded(path)
    self.path = path
    guard FolderListing.isFolder(path) else {
      let exists = FileManager.default.fileExists(atPath: path)
      throw DataError(
        file: path, found: exists ? "is neither a folder nor a file of packed pictures" : "there is no such folder",
        allowed:
          "a folder with train and test, or with a folder for each class, or a file that \"isotherm data pack\" wrote",
        remedy: "check data.path; paths are looked for from the folder where the program is started")
    }
    func part(_ names: [String]) -> String? {
      names.lazy.map { path + "/" + $0 }.first { FolderListing.isFolder($0) && Self.hasFolders($0) }
    }
    if let train = part(["train", "Train", "training"]) {
      roots = [.train: train]
      roots[.validation] = part(["val", "valid", "validation", "Val", "Validation"])
      roots[.test] = part(["test", "Test", "testing"])
    } else {
      roots = [.undivided: path]
    }
  }

  private static func hasFolders(_ folder: String) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.contains { !$0.hasPrefix(".") && FolderListing.isFolder(folder + "/" + $0) }
  }

  /// Looks through the folders.
  package func folder() throws(DataError) -> PictureFolder { try PictureFolder(path: path, roots: roots) }
}
