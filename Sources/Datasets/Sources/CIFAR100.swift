import Keys

/// CIFAR-100's binary version: records of a byte for the superclass, one for the class, and the pixels
/// (``CIFARRecords``).
package struct CIFAR100Source: NamedSource {
  package let path: String?
  /// Which of the two labels is to be predicted.
  package let labels: CIFAR100Labels

  package init(path: String?) { self.init(path: path, labels: .fine) }

  /// A source in a folder, with one of the two labels.
  package init(path: String?, labels: CIFAR100Labels) {
    self.path = path
    self.labels = labels
  }

  package static let name = "cifar100"
  package static let contents = "train.bin and test.bin, plain or .gz (the \"binary version\", unpacked)"
  package static let homepage = "https://www.cs.toronto.edu/~kriz/cifar.html"
  /// The folder in the archive.
  package static let subfolders = ["cifar-100-binary"]

  package static func keys(_ section: Section, _ value: CIFAR100Source?) -> CIFAR100Source {
    CIFAR100Source(
      path: pathKey(section, value),
      labels: section.key(
        "labels", value?.labels, .word, default: .fine,
        "What is to be predicted: the 100 classes, or the 20 superclasses that they belong to."))
  }

  /// Both splits, in the order of the files.
  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let location = DataLocation(Self.self, path: path)
    let records = CIFARRecords(
      name: Self.name, classNames: labels == .fine ? Self.classes : Self.superclasses, labelBytes: 2,
      label: labels == .fine ? 1 : 0)
    let (training, test) = (try location.file(["train.bin"]), try location.file(["test.bin"]))
    return try request.normalized(
      train: records.read([training], request.progress), test: records.read([test], request.progress))
  }
}

/// `data.labels` of `cifar100`.
package enum CIFAR100Labels: String, Sendable, CaseIterable {
  /// 100 classes.
  case fine
  /// 20 superclasses.
  case coarse
}

extension NamedDataset {
  public static let cifar100 = NamedDataset(CIFAR100Source.self)
}

extension CIFAR100Source {
  /// By label, as in the archive's coarse_label_names.txt.
  private static let superclasses = words(
    """
    aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture \
    insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores \
    medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2
    """)

  /// By label, as in the archive's fine_label_names.txt: in alphabetical order.
  private static let classes = words(
    """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle \
    caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish \
    forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle \
    mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine \
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar \
    sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale \
    willow_tree wolf woman worm
    """)

  private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}
