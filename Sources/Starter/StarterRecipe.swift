import JSON

/// How to train on data of some kind: a network that suits them, and numbers that are known to work with it.
///
/// The sizes are rules of thumb, each said in the config beside what it decides: a first run that learns, from which a
/// user goes on, and not the best one.
struct StarterRecipe {
  enum Network: String {
    /// One dense layer.
    case linear
    case mlp, lenet, resnet20, resnet18
  }

  let facts: StarterFacts
  let network: Network

  init(_ facts: StarterFacts) {
    self.facts = facts
    network = Self.network(facts)
  }

  private static func network(_ facts: StarterFacts) -> Network {
    guard facts.isImage else { return facts.samples < 60 || facts.width > facts.samples ? .linear : .mlp }
    // Smaller images have no room for the pooling of a convolutional network.
    if facts.side < 12 { return .mlp }
    if facts.side <= 40, facts.channels == 1 || facts.side < 24 { return .lenet }
    return facts.side <= 64 ? .resnet20 : .resnet18
  }

  private var hasBatchNorm: Bool { network == .resnet20 || network == .resnet18 }
  /// Tables and rows of numbers, whose columns are of unlike kinds.
  private var isTable: Bool { !facts.isImage }

  // MARK: Model

  var model: InlineJSON {
    switch network {
    case .linear: ["preset": "logistic"]
    case .mlp: ["preset": "mlp", "hidden": .list(hidden.map { .integer($0) })]
    case .lenet, .resnet20, .resnet18: ["preset": .string(network.rawValue)]
    }
  }

  /// Units of the hidden layers: more samples and inputs bear more.
  private var hidden: [Int] {
    switch facts.samples {
    case ..<500: [facts.width < 8 ? 16 : 32]
    case ..<5000: facts.isImage ? [128, 128] : [64]
    case ..<100_000: [128, 128]
    default: [256, 256]
    }
  }

  var modelReason: String {
    switch network {
    case .linear:
      "One dense layer: \(facts.samples) samples of \(plural(facts.width, "input")) are too few for a larger model. With more samples: "
        + "{ \"preset\": \"mlp\", \"hidden\": [32] }."
    case .mlp:
      "Dense layers with ReLU, as wide as \(facts.samples) samples allow. A simpler model to compare with: "
        + "\"preset\": \"logistic\"; a larger one: more or wider hidden layers."
    case .lenet:
      "Two convolutions, for small images. Others: resnet20 for more accuracy and time, mlp for less; or a list of layers."
    case .resnet20:
      "A residual network for small images. Others: lenet is quicker, resnet32 to resnet110 are deeper, resnet18 is wider."
    case .resnet18:
      "A residual network for larger images. Others: resnet34 and resnet50 are deeper; a smaller data.size trains faster. "
        + "With few pictures, begin with trained weights: isotherm train --init FILE --init-partial."
    }
  }

  // MARK: Data

  /// The share of the training samples that chooses the best weights; `nil` where there are too few, or the data bring a
  /// set of their own.
  var validationShare: Double? { facts.validationSamples == nil && facts.samples >= 500 ? 0.1 : nil }

  var augmentations: (list: InlineJSON, reason: String)? {
    guard facts.isImage, network != .mlp else { return nil }
    let colors = "colorJitter and cutout are others"
    switch network {
    case .lenet where facts.side < 20: return nil
    case .lenet:
      return (
        [["type": "padCrop", "padding": 2]],
        "Images are moved by up to 2 pixels. Where left and right do not matter, add { \"type\": \"flip\" }: not for "
          + "letters and digits."
      )
    case .resnet18 where facts.channels == 3:
      return (
        [["type": "randomResizedCrop"], ["type": "flip"]],
        "Random parts of each picture, stretched, and mirror images; \(colors). Remove flip where left and right matter."
      )
    default:
      return (
        [["type": "padCrop", "padding": 4], ["type": "flip"]],
        "Images are moved by up to 4 pixels and mirrored; \(colors). Remove flip where left and right matter."
      )
    }
  }

  // MARK: Batch

  /// Samples that the weights are fitted to.
  private var samples: Int { facts.samples - Int((Double(facts.samples) * (validationShare ?? 0)).rounded(.up)) }

  /// A power of two: about a sixteenth of the samples, within what suits the network.
  var batch: Int {
    let (least, most) =
      switch network {
      case .linear, .mlp: (4, samples >= 100_000 ? 1024 : 256)
      case .lenet: (8, 128)
      case .resnet20, .resnet18: (16, 128)
      }
    let wanted = min(max(samples / 16, least), most, max(1, samples))
    return 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount)
  }

  /// Batch norm's samples; `nil` leaves them to the model.
  var microbatch: Int? { hasBatchNorm ? min(32, batch) : nil }

  var batchReason: String {
    "A step takes \(plural(batch, "sample")), an epoch \(plural(stepsPerEpoch, "step")). Larger batches use more threads, and "
      + "the learning rate follows."
  }

  private var stepsPerEpoch: Int { max(1, samples / batch) }

  // MARK: Optimizer

  var optimizer: InlineJSON {
    isTable
      ? ["method": "adamw", "weightDecay": 0.01]
      : hasBatchNorm || network == .lenet
        ? ["method": "sgd", "momentum": 0.9, "nesterov": true, "weightDecay": 0.0001]
        : ["method": "sgd", "momentum": 0.9, "weightDecay": 0.0001]
  }

  var optimizerReason: String {
    isTable
      ? "adamw takes steps of similar length for every weight, which suits columns of different kinds. The other: sgd with momentum."
      : "Plain SGD with momentum. Others: adamw; lars and lamb for very large batches."
  }

  /// Known to work, each for its batch.
  private var reference: (rate: Double, batch: Int) {
    switch network {
    case .linear, .mlp: isTable ? (0.002, 32) : (0.02, 16)
    case .lenet: (0.01, 64)
    case .resnet20, .resnet18: (0.1, 128)
    }
  }

  var rate: Double { reference.rate }
  var referenceBatch: Int { reference.batch }

  var rateReason: String {
    "The rate for a batch of \(referenceBatch); it follows batch.size (\(isTable ? "as its square root" : "linearly")). "
      + "isotherm rate CONFIG finds one for these data; halve it where a run diverges."
  }

  // MARK: Length

  /// Enough epochs for some thousand steps.
  var epochs: Int {
    let (steps, range) =
      switch network {
      case .linear, .mlp, .lenet: (2000, 10...150)
      case .resnet20, .resnet18: (4000, 30...100)
      }
    return min(max((steps + stepsPerEpoch - 1) / stepsPerEpoch, range.lowerBound), range.upperBound)
  }

  /// `nil` where the batch does not scale the rate up, so that there is nothing to warm up to.
  var warmupEpochs: Int? { batch > referenceBatch ? min(5, max(1, epochs / 10)) : nil }
}
