import Configuration
import Coordinator
import Datasets
import Kernels
import Records

/// What an equilibrium study was asked for, in a file from its start: the study that goes on is the same.
package struct EquilibriumPlan: Codable, Sendable, Equatable {
  package var cells: [EquilibriumStudy.Cell]
  package var steps: Int
  package var interval: Int
  package var comparesReshuffling: Bool
  /// Of the config, and of all samples.
  package var configurationSHA256: String
  package var dataSHA256: String
  /// Which kernels compute, and for which CPU OpenBLAS does: others round otherwise.
  package var kernels: String
  package var blas: String

  /// The name of its piece.
  package static let name = "plan"

  /// The plan of a study of a config on this machine.
  package init(_ study: EquilibriumStudy, _ configuration: RunConfiguration, _ splits: DataSplits) {
    cells = study.cells
    steps = study.steps
    interval = study.interval
    comparesReshuffling = study.comparesReshuffling
    configurationSHA256 = Sweep.digest(configuration)
    dataSHA256 = splits.sha256
    let rounding = Rounding.here(configuration.arithmetic)
    kernels = rounding.kernels
    blas = rounding.blas
  }

  /// The study that it is of.
  package var study: EquilibriumStudy {
    var study = EquilibriumStudy(cells: cells, steps: steps, interval: interval)
    study.comparesReshuffling = comparesReshuffling
    return study
  }

  /// What differs, in words, where the study goes on with something else than it began with.
  fileprivate func changes(from earlier: EquilibriumPlan) -> [String] {
    var changes: [String] = []
    if configurationSHA256 != earlier.configurationSHA256 { changes.append("config.json was changed") }
    if dataSHA256 != earlier.dataSHA256 { changes.append("the samples or their targets are others") }
    if kernels != earlier.kernels { changes.append("kernels: \(kernels) in place of \(earlier.kernels)") }
    if blas != earlier.blas {
      changes.append("OpenBLAS: its kernels for \(blas) in place of those for \(earlier.blas)")
    }
    return changes
  }
}

extension StudyPieces {
  /// The pieces of an equilibrium study, which begins or goes on.
  ///
  /// - Throws: `RunFolderError` where it would go on with something else than it began with.
  package init(of folder: StudyFolder, _ plan: EquilibriumPlan) throws {
    try self.init(of: folder)
    guard let earlier = read(EquilibriumPlan.self, EquilibriumPlan.name) else {
      try write(plan, EquilibriumPlan.name)
      return
    }
    let changes = plan.changes(from: earlier)
    guard changes.isEmpty else {
      throw RunFolderError(
        path: folder.path,
        message: "the study there was begun with something else:" + changes.map { "\n  \($0)" }.joined()
          + "\n  put that back, or start a new study with --out", isUsage: true)
    }
  }

  /// A piece that was measured before or, measured now, is kept; `nil` if the study was asked to stop on the way.
  func piece<Piece: Codable>(
    _ name: String, stop: StopRequest, _ measure: () throws -> Piece
  ) throws -> Piece? {
    if let piece = read(Piece.self, name) { return piece }
    let piece = try measure()
    if stop.isRaised { return nil }
    try write(piece, name)
    return piece
  }
}

/// The directory of an equilibrium study that goes on.
package struct EquilibriumFolder {
  package let folder: StudyFolder
  /// What it was asked for; without `earlier` only.
  package let study: EquilibriumStudy

  /// Opens the directory of a study that was interrupted, or is over.
  ///
  /// - Throws: `RunFolderError` if it holds no equilibrium study; `RecordError`.
  package init(resuming path: String) throws {
    folder = try StudyFolder(resuming: path)
    if let plan = StudyPieces.read(EquilibriumPlan.self, EquilibriumPlan.name, ofStudyIn: path) {
      study = plan.study
      return
    }
    guard let record = try folder.record(EquilibriumRecord.self) else {
      throw RunFolderError(
        path: path,
        message: "has nothing that an equilibrium study measured, so none can be resumed there; start a new one",
        isUsage: true)
    }
    var over = EquilibriumStudy(cells: [], steps: record.steps, interval: record.interval)
    over.earlier = record
    study = over
  }
}

extension LossMinimum {
  /// A minimum as a piece.
  struct Piece: Codable {
    var weights: PackedNumbers
    var loss: Double
    var gradientNorm: Double
    var isConverged: Bool
    var passes: Int
  }

  var piece: Piece {
    Piece(
      weights: PackedNumbers(weights.view.array().map(Double.init)), loss: loss, gradientNorm: gradientNorm,
      isConverged: isConverged, passes: passes)
  }

  init(_ piece: Piece) {
    weights = Buffer(piece.weights.values.map { Float($0) })
    loss = piece.loss
    gradientNorm = piece.gradientNorm
    isConverged = piece.isConverged
    passes = piece.passes
  }
}

extension NoiseSpectrum {
  /// A spectrum as a piece.
  struct Piece: Codable {
    var elements: [Int]
    var eigenvalues: PackedNumbers
    var vectors: PackedNumbers
    var covariances: PackedNumbers
  }

  var piece: Piece {
    Piece(
      elements: elements, eigenvalues: PackedNumbers(eigenvalues),
      vectors: PackedNumbers(vectors.view.array().map(Double.init)), covariances: PackedNumbers(covariances))
  }

  init(_ piece: Piece) {
    elements = piece.elements
    eigenvalues = piece.eigenvalues.values
    vectors = Buffer(piece.vectors.values.map { Float($0) })
    covariances = piece.covariances.values
  }
}

extension EquilibriumChain {
  /// A chain as a piece: what was measured along it.
  struct Piece: Codable {
    var losses: PackedNumbers
    var divergedAtStep: Int?
    var lowest: PackedNumbers?
    var perPart: Int
    var products: PackedNumbers
    var squaredSteps: PackedNumbers
    var meanWeights: [PackedNumbers]
    var meanGradients: [PackedNumbers]
    var projectionSums: [PackedNumbers]
    var projectionSquares: [PackedNumbers]
    var projectionCounts: [Int]
  }

  var piece: Piece {
    Piece(
      losses: PackedNumbers(losses), divergedAtStep: divergedAtStep,
      lowest: lowest.map { PackedNumbers($0.view.array().map(Double.init)) }, perPart: perPart,
      products: PackedNumbers(products), squaredSteps: PackedNumbers(squaredSteps),
      meanWeights: meanWeights.map(PackedNumbers.init), meanGradients: meanGradients.map(PackedNumbers.init),
      projectionSums: projectionSums.map(PackedNumbers.init),
      projectionSquares: projectionSquares.map(PackedNumbers.init), projectionCounts: projectionCounts)
  }

  init(_ cell: Cell, _ piece: Piece) {
    self.cell = cell
    losses = piece.losses.values
    divergedAtStep = piece.divergedAtStep
    lowest = piece.lowest.map { Buffer($0.values.map { Float($0) }) }
    perPart = piece.perPart
    products = piece.products.values
    squaredSteps = piece.squaredSteps.values
    meanWeights = piece.meanWeights.map(\.values)
    meanGradients = piece.meanGradients.map(\.values)
    projectionSums = piece.projectionSums.map(\.values)
    projectionSquares = piece.projectionSquares.map(\.values)
    projectionCounts = piece.projectionCounts
  }
}
