import Keys

extension DataConfiguration {
  package static func keys(_ section: Section, _ value: DataConfiguration?) -> DataConfiguration {
    let source = section.choice("dataset", value?.source, "Where the samples come from.", DataSource.cases)
    let data = DataConfiguration(
      source: source,
      order: section.key(
        "order", value?.order, .word, default: .reshuffle,
        """
        The order of the training samples: one shuffle an epoch divided among all shards, drawn with replacement \
        (iid), or as the files have them.
        """),
      normalization: section.key(
        "normalize", value?.normalization, .word, default: source.isConstant ? .none : .standardize,
        """
        What is done to the numbers: mean 0 and deviation 1 per channel over the training set, bytes divided by 255 \
        (unit), or nothing. The input of "quadratic" is a constant, which stays as it is (none).
        """),
      augmentations: section.key(
        "augment", value?.augmentations, .list(of: .object(Augmentation.keys), "augmentations", count: 0...16),
        default: [], "Random changes of the training images, in this order."),
      lastBatch: section.key(
        "lastBatch", value?.lastBatch, .word, default: .drop,
        "What becomes of the samples that do not fill a batch at the end of an epoch."))
    section.check(
      "augment", with: ["dataset", "shape"], data.augmentations.isEmpty || source.mayBeImages,
      "the data are no images, and only images can be augmented; allowed: an empty list, or leave the key out")
    section.check(
      "normalize", with: ["dataset"], !source.isConstant || data.normalization != .standardize,
      "found \"standardize\", which would make the constant input of \"quadratic\" 0; allowed: \"none\", or leave it out"
    )
    return data
  }
}

extension DataSource {
  /// Whether the samples may be images, as far as the config can tell.
  fileprivate var mayBeImages: Bool {
    switch self {
    case .csv, .quadratic: false
    case .synthetic(let shape, _, _, _): shape.count == 3
    case .digits, .named, .idx, .npy: true
    }
  }

  /// Whether the config says that the targets are numbers rather than classes.
  package var isRegression: Bool {
    switch self {
    case .csv(_, _, let csv): csv.regression
    case .quadratic: true
    default: false
    }
  }

  /// Whether all samples have the same input, which normalisation would turn into 0.
  fileprivate var isConstant: Bool { if case .quadratic = self { true } else { false } }

  fileprivate static var cases: [Case<DataSource>] {
    [Case("digits", "The UCI digits inside the package, 8×8 pixels.", .digits)]
      + NamedDataset.allCases.map { name in
        Case(
          name.rawValue, "A well-known data set in a folder.",
          { (source: DataSource) -> String?? in
            if case .named(name, let path) = source { .some(path) } else { nil }
          }
        ) { section, path in
          .named(
            name,
            path: section.optional(
              "path", path ?? nil, .path,
              """
              Folder of the files. Left out: $ISOTHERM_DATA/NAME, else isotherm/NAME in the user's cache directory.
              """))
        }
      } + [synthetic, quadratic, idx, npy, csv]
  }

  private static var synthetic: Case<DataSource> {
    Case(
      "synthetic", "Samples made from the seed.",
      { source -> (shape: [Int], classes: Int, samples: Int, testSamples: Int)? in
        if case .synthetic(let shape, let classes, let samples, let testSamples) = source {
          (shape, classes, samples, testSamples)
        } else {
          nil
        }
      }
    ) { section, value in
      let shape = section.required(
        "shape", value?.shape, .list(of: .integer(1...Limit.width), "sizes", count: 1...3),
        "Shape of a sample: [height, width, channels] of an image, or [features].")
      section.check(
        "shape", shape.count != 2 && shape.reduce(1, *) <= Limit.sample,
        """
        found \(shape); allowed: [height, width, channels] or [features], with at most \
        \((1...Limit.sample).phrase.split(separator: " ").last!) values
        """)
      return .synthetic(
        shape: shape,
        classes: section.key("classes", value?.classes, .integer(2...Limit.width), default: 10, "Number of classes."),
        samples: section.key("samples", value?.samples, .count, default: 10000, "Samples of the training set."),
        testSamples: section.key(
          "testSamples", value?.testSamples, .count, default: 1000, "Samples of the test set."))
    }
  }

  private static var quadratic: Case<DataSource> {
    Case(
      "quadratic", "A quadratic loss of known curvature and noise, made from the seed.",
      { if case .quadratic(let quadratic) = $0 { quadratic } else { nil } }
    ) { section, value in
      .quadratic(
        QuadraticConfiguration(
          curvature: section.key(
            "curvature", value?.curvature, .number(.above(0)), default: 1,
            "Second derivative of the loss in every direction."),
          deviations: section.required(
            "deviations", value?.deviations, .list(of: .number(.above(0)), "numbers", count: 1...4096),
            "Deviation of one sample's gradient in each direction; their number is that of the outputs."),
          samples: section.key(
            "samples", value?.samples, .integer(2...Limit.count), default: 1024, "Samples of the training set."),
          testSamples: section.key(
            "testSamples", value?.testSamples, .integer(2...Limit.count), default: 256, "Samples of the test set.")))
    }
  }

  private static var idx: Case<DataSource> {
    Case(
      "idx", "IDX files, plain or gzip.",
      { if case .idx(let train, let test) = $0 { (train: train, test: test) } else { nil } }
    ) { section, value in
      .idx(
        train: section.required("train", value?.train, .object(ImageLabelPaths.keys), "Files of the training set."),
        test: section.required("test", value?.test, .object(ImageLabelPaths.keys), "Files of the test set."))
    }
  }

  private static var npy: Case<DataSource> {
    Case(
      "npy", "NumPy arrays.", { if case .npy(let train, let test) = $0 { (train: train, test: test) } else { nil } }
    ) { section, value in
      .npy(
        train: section.required("train", value?.train, .object(ImageLabelPaths.keys), "Files of the training set."),
        test: section.required("test", value?.test, .object(ImageLabelPaths.keys), "Files of the test set."))
    }
  }

  private static var csv: Case<DataSource> {
    Case(
      "csv", "Tables, one a split.",
      { source -> (train: String, test: String, table: CSVConfiguration)? in
        if case .csv(let train, let test, let table) = source { (train, test, table) } else { nil }
      }
    ) { section, value in
      .csv(
        train: section.required("train", value?.train, .path, "Table of the training set."),
        test: section.required("test", value?.test, .path, "Table of the test set."),
        CSVConfiguration(
          header: section.optional(
            "header", value?.table.header, .flag,
            "Whether the first row names the columns. Left out: it is looked at."),
          labels: section.required(
            "label", value?.table.labels, .columns,
            """
            Column of the label, or list of columns to predict: names, or numbers from 0; negative numbers count from \
            the end (-1 is the last).
            """),
          regression: section.key(
            "task", value?.table.regression, .task, default: false,
            "Whether the label columns are classes, or numbers to predict.")))
    }
  }
}

extension ImageLabelPaths {
  fileprivate static func keys(_ section: Section, _ value: ImageLabelPaths?) -> ImageLabelPaths {
    ImageLabelPaths(
      inputs: section.required("inputs", value?.inputs, .path, "File of the inputs."),
      labels: section.required("labels", value?.labels, .path, "File of the labels or targets."))
  }
}

extension Format<[CSVColumn]> {
  /// One column or a list of them.
  fileprivate static var columns: Format {
    let range = -Limit.width...Limit.width
    func column(_ json: JSONValue) -> CSVColumn? {
      if case .string(let name) = json, !name.isEmpty { return .name(name) }
      return json.wholeNumber.flatMap { range.contains($0) ? .index($0) : nil }
    }
    func json(_ column: CSVColumn) -> JSONValue {
      switch column {
      case .name(let name): .string(name)
      case .index(let index): .integer(index)
      }
    }
    let one: JSONValue = [
      "anyOf": [
        ["type": "string", "minLength": 1],
        ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)],
      ]
    ]
    return Format(
      allowed: "a column's name, its number from 0 (-1 is the last), or a list of columns",
      placeholder: [.index(-1)],
      schema: ["anyOf": [one, ["type": "array", "items": one, "minItems": 1]]],
      write: { $0.count == 1 ? json($0[0]) : .array($0.map(json)) },
      parse: { value in
        guard case .array(let elements) = value else { return column(value).map { [$0] } }
        let columns = elements.compactMap(column)
        return columns.isEmpty || columns.count < elements.count ? nil : columns
      })
  }
}

extension Format<Bool> {
  /// `data.task`, true for regression.
  fileprivate static var task: Format {
    let names = Format<String>.word(["classification", "regression"])
    return Format(
      allowed: names.allowed, placeholder: { false }, schema: names.schema,
      read: { json, place in names.read(json, place).map { $0 == "regression" } },
      write: { .string($0 ? "regression" : "classification") })
  }
}

extension Augmentation {
  fileprivate static func keys(_ section: Section, _ value: Augmentation?) -> Augmentation {
    section.choice(
      "type", value, "What is done to an image.",
      [
        Case(
          "padCrop", "Pads every side with zeros, then crops the image's size at random.",
          { if case .padCrop(let padding) = $0 { padding } else { nil } }
        ) {
          .padCrop(padding: $0.key("padding", $1, .integer(1...Limit.side), default: 4, "Pixels at each side."))
        },
        Case("flip", "Mirrors left and right with probability one half.", .flip),
      ])
  }
}
