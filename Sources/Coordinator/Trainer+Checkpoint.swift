import Checkpoints
import Configuration
import Gradients
import Kernels
import Models
import Optimizers
import Records

extension Trainer {
  /// What evaluations measure: the weights, or those that follow them.
  package var evaluated: NetworkState { update.followed ?? state }

  /// SHA-256 over all parameters and running statistics, in name order, as little-endian float32 in file layout: those that
  /// are the run's result.
  package var weightsSHA256: String { withResult { SHA256Digest.hex(of: $0) } }

  /// Calls `body` with the tensors of the run's result: the chosen weights, with the running statistics that evaluations
  /// use, so that whoever has them alone finds what the run found.
  func withResult<Result>(_ body: ([SafetensorsTensor]) throws -> Result) rethrows -> Result {
    let state = chosen
    guard let statistics else { return try body(plan.network.fileTensors(state)) }
    engine.pack(state)
    return try statistics.withStatistics(in: state, engine) { try body(plan.network.fileTensors(state)) }
  }

  /// Takes weights from a safetensors file: this program's, or a PyTorch `state_dict` with the same names.
  ///
  /// - Parameters:
  ///   - path: the file, or a run directory with `weights.safetensors`.
  ///   - prefix: what stands before the tensors' names in the file; left out, it is found.
  /// - Returns: what was taken; its notes are for the user.
  /// - Throws: `CheckpointError` naming the tensors that are missing or of another shape.
  @discardableResult
  package func loadWeights(from path: String, prefix: String? = nil) throws -> LoadedWeights {
    let file = try SafetensorsFile(path: LoadedWeights.file(path))
    defer { update.restartFollowing() }
    guard let prefix else { return try plan.network.loadWeights(file, into: state) }
    try plan.network.load(file, prefix: prefix, into: state)
    return LoadedWeights(
      path: file.path, prefix: prefix, taken: plan.network.storedTensors.map(\.name), left: [], rounded: 0)
  }

  /// Lets the run begin with the weights of a file, as ``loadWeights(from:prefix:)`` does, and notes where they came from in
  /// every save and in the summary.
  ///
  /// - Parameter isPartial: takes the tensors whose names and shapes match; the others keep the initial values of the
  ///   config's seed, as the last dense layer does where the file is of a model for other classes.
  @discardableResult
  package func initialize(from path: String, isPartial: Bool = false) throws -> LoadedWeights {
    let file = try SafetensorsFile(path: LoadedWeights.file(path))
    let loaded = try plan.network.loadWeights(
      file, into: state, isPartial: isPartial, remedy: Network.initialRemedy)
    update.restartFollowing()
    progress.initializedFrom = InitialWeightsRecord(
      file: file.path, sha256: try file.sha256(), prefix: loaded.prefix.isEmpty ? nil : loaded.prefix,
      tensorsTaken: loaded.taken.count, tensorsLeft: loaded.left.map(\.name))
    return loaded
  }

  /// All parameters and running statistics in the order of layers, each in file layout: those that evaluations measure.
  package func tensorsInFileLayout() -> [(name: String, elements: [Float])] {
    plan.network.storedTensors.map { ($0.name, evaluated.fileElements(of: $0)) }
  }

  /// All elements of ``tensorsInFileLayout()``, one after the other.
  package var fileWeights: [Float] { tensorsInFileLayout().flatMap(\.elements) }

  /// Weights, running statistics and optimizer state, under PyTorch's names; state vectors as `momentum.NAME`. Where
  /// evaluations measure others than the weights, those bear the plain names, so that whoever opens the file has what was
  /// measured, and the weights, from which training goes on, are `raw.NAME`.
  func checkpointTensors() -> [SafetensorsTensor] {
    plan.network.fileTensors(evaluated)
      + (update.followed == nil ? [] : plan.network.fileTensors(state, prefix: Self.rawPrefix))
      + zip(plan.update.stateNames, update.vectors).flatMap { name, vector in
        plan.network.fileTensors(vector.view, prefix: name + ".")
      }
  }

  /// Stands in checkpoints before the names of the weights, where plain names are of those that evaluations measure.
  private static var rawPrefix: String { "raw." }

  /// Takes the weights of a checkpoint and, where evaluations measure others, those.
  func loadWeights(ofCheckpoint file: SafetensorsFile) throws(CheckpointError) {
    let hasRaw = plan.network.storedTensors.contains { file.entry(Self.rawPrefix + $0.name) != nil }
    try plan.network.load(file, prefix: hasRaw ? Self.rawPrefix : "", into: state)
    update.restartFollowing()
    if hasRaw, let followed = update.followed { try plan.network.load(file, into: followed) }
  }
}

extension Network {
  /// All numbers of a network, as files hold them.
  package func fileTensors(_ state: NetworkState, prefix: String = "") -> [SafetensorsTensor] {
    storedTensors.map { Self.fileTensor($0, prefix + $0.name, state.vector(of: $0)) }
  }

  /// The tensors of a vector that is laid out as the parameters, as files hold them.
  func fileTensors(_ vector: Floats, prefix: String) -> [SafetensorsTensor] {
    tensors.map { Self.fileTensor($0.stored, prefix + $0.name, vector) }
  }

  private static func fileTensor(_ tensor: StoredTensor, _ name: String, _ vector: Floats) -> SafetensorsTensor {
    SafetensorsTensor(name, shape: tensor.fileShape) { tensor.copyFileElements(of: vector, to: $0) }
  }

  /// Sets all numbers of a network from a file that calls its tensors as the network does, behind a prefix; tensors that
  /// the network does not know are left aside.
  package func load(
    _ file: SafetensorsFile, prefix: String = "", into state: NetworkState
  ) throws(CheckpointError) {
    try Self.load(storedTensors.map { ($0, state.vector(of: $0)) }, file, prefix)
  }

  /// Fills a vector that is laid out as the parameters from a file.
  func load(_ file: SafetensorsFile, prefix: String, into vector: Floats) throws(CheckpointError) {
    try Self.load(tensors.map { ($0.stored, vector) }, file, prefix)
  }

  private static func load(
    _ tensors: [(StoredTensor, Floats)], _ file: SafetensorsFile, _ prefix: String
  ) throws(CheckpointError) {
    var problems: [String] = []
    for (tensor, vector) in tensors {
      let name = prefix + tensor.name
      guard let entry = file.entry(name) else {
        problems.append("\(name) is missing")
        continue
      }
      if entry.shape != tensor.fileShape {
        problems.append("\(name) has shape \(entry.shape), the model's is \(tensor.fileShape)")
        continue
      }
      tensor.setFileElements(try file.floats(name), in: vector)
    }
    guard problems.isEmpty else { throw WeightMatch.mismatch(file, problems, sameModel) }
  }
}
