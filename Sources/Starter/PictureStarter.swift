import Datasets

/// The keys of pictures in class folders, or of a packed file.
struct PictureStarter {
  let data: StarterData

  private static let sharedTest = StarterData.Key(
    "testShare", 0.2, "There is no folder \"test\": a fifth of the pictures is set apart for it, by their names.")

  /// Looks at the folders and at the sizes of all pictures.
  init(folder path: String, _ request: LoadingRequest) throws {
    let layout = try PictureLayout(path)
    let folder = try layout.folder()
    var keys: [StarterData.Key] = [
      .init(
        "path", .string(path),
        layout.roots[.undivided] == nil
          ? "Folders train and test, with a folder of pictures for each class." : "A folder of pictures for each class."
      )
    ]
    if layout.roots[.test] == nil, layout.roots[.validation] == nil { keys.append(Self.sharedTest) }
    if let sizes = PictureSurvey.sizes(of: folder, request) { keys += Self.size(sizes) }
    data = StarterData(dataset: "imageFolder", name: StarterData.configurationName(path), keys: keys)
  }

  /// A file of `isotherm data pack`.
  init(packed path: String) throws(DataError) {
    var keys: [StarterData.Key] = [.init("path", .string(path), "Pictures that isotherm data pack decoded.")]
    if try !PackedPictures(opening: path).hasOwnTest { keys.append(Self.sharedTest) }
    data = StarterData(dataset: "imageFolder", name: StarterData.configurationName(path), keys: keys)
  }

  /// The largest side that pictures keep without being asked: more pixels cost time, and seldom pay at first.
  private static let mostPixels = 224

  private static func size(_ sizes: PictureSizes) -> [StarterData.Key] {
    let side = sizes.suitableSide
    if sizes.count == 1, max(sizes.smallest.height, sizes.smallest.width) <= mostPixels { return [] }
    let found =
      sizes.count == 1
      ? "The pictures have \(sizes.smallest) pixels"
      : "The pictures are of \(sizes.count) sizes, \(sizes.smallest) to \(sizes.largest)"
    let key = StarterData.Key(
      "size", .integer(side),
      "\(found): each is scaled to cover \(side) × \(side), and a sample is its middle. Smaller trains faster.")
    guard side >= 64 else { return [key] }
    let stored = side * 8 / 7
    return [
      key,
      .init("resize", .integer(stored), "Stored a little larger than a sample, so that random crops have a margin."),
    ]
  }
}
