/// What an audit of a run says: the result of `isotherm audit`.
public struct AuditRecord: Codable, Sendable, Equatable {
  /// Whether the run is what it claims.
  public enum Outcome: String, Codable, Sendable {
    /// Nothing that was looked at contradicts the receipt.
    case sound
    /// Something does.
    case altered
    /// This machine cannot compute the run's bits again, and what could be looked at does not contradict.
    case unknown
  }

  /// Something that contradicts the receipt.
  public struct Finding: Codable, Sendable, Equatable {
    /// The file, or the steps.
    public var place: String
    public var message: String

    package init(_ place: String, _ message: String) {
      self.place = place
      self.message = message
    }
  }

  /// How probable it was that an alteration would be found which shows in so many of the segments.
  public struct Detection: Codable, Sendable, Equatable {
    public var alteredSegments: Int
    /// 0…1.
    public var probability: Double
  }

  public var outcome: Outcome
  public var findings: [Finding]
  /// What limits the audit, in words.
  public var notes: [String]
  /// Steps that the receipt tells of.
  public var steps: Int
  /// Segments between two of its lines; the first begins with the run.
  public var segments: Int
  /// Segments that were computed again, and their steps.
  public var recomputedSegments: Int
  public var recomputedSteps: Int
  /// Checkpoints that were held against the receipt.
  public var checkpoints: Int
  /// The share of the segments that was asked for, and the seed that chose them.
  public var share: Double
  public var seed: UInt64
  public var detection: [Detection]

  package init(share: Double, seed: UInt64) {
    outcome = .sound
    findings = []
    notes = []
    steps = 0
    segments = 0
    recomputedSegments = 0
    recomputedSteps = 0
    checkpoints = 0
    self.share = share
    self.seed = seed
    detection = []
  }

  /// Sets ``detection`` for the segments that were computed again.
  ///
  /// 1 − C(n − c, m) ÷ C(n, m): that at least one of m altered segments is among c of n.
  package mutating func measureDetection() {
    let missed = segments - recomputedSegments
    detection = [1, 2, 5, 10, 100].filter { $0 <= segments }.map { altered in
      var escape = 1.0
      for index in 0..<altered { escape *= Double(max(0, missed - index)) / Double(segments - index) }
      return Detection(alteredSegments: altered, probability: 1 - escape)
    }
  }
}
