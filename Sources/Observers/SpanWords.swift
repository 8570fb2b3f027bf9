import Coordinator
import JSON
import Tracing

/// What a trace calls its slices; names come as JSON strings.
struct SpanWords {
  /// A name and a description of each operation.
  private let layers: [(forward: String, backward: String, layer: String)]
  private let tensorOfChunk: [String]

  init(_ trace: RunTrace) {
    layers = trace.layers.enumerated().map { index, layer in
      (
        JSONText.line("forward \(index + 1): \(layer.kind)"), JSONText.line("backward \(index + 1): \(layer.kind)"),
        JSONText.line(layer.name.isEmpty ? layer.kind : layer.name)
      )
    }
    tensorOfChunk = trace.tensorOfChunk.map { JSONText.line($0) }
  }

  /// What a slice is for; `waiting` tells idle time from work.
  func category(_ kind: TraceSpan.Kind) -> String {
    switch kind {
    case .waitForOthers, .waitForWork: "waiting"
    case .pack, .shard, .shardLoss: "samples"
    case .nodes, .measure, .direction, .update: "parameters"
    case .evaluation, .statistics: "evaluation"
    case .other: "work"
    case .microbatch, .gather, .forward, .loss, .backward: "microbatch"
    case .acquire, .merge, .average: "reduction"
    case .apply: "rule"
    case .forkJoin, .step, .order, .evaluate, .save, .observers: "coordinator"
    }
  }

  /// The name on a slice.
  func name(_ span: TraceSpan) -> String {
    let index = Int(span.index)
    switch span.kind {
    case .forward: return layers[index].forward
    case .backward: return layers[index].backward
    case .update where index >= tensorOfChunk.count: return "\"running statistics\""
    case .forkJoin:
      let kind = TraceSpan.Kind(rawValue: UInt8(index)) ?? .other
      return "\"\(span.count) × \(Self.phrase(kind))\""
    default:
      let phrase = Self.phrase(span.kind)
      return Self.isNumbered(span.kind) ? "\"\(phrase) \(index)\"" : "\"\(phrase)\""
    }
  }

  /// The members of a slice's arguments.
  func arguments(_ span: TraceSpan) -> String {
    let index = Int(span.index)
    var members = ["\"step\":\(span.step)"]
    switch span.kind {
    case .shard, .shardLoss, .acquire, .merge: members.append("\"shard\":\(index)")
    case .microbatch, .evaluation, .statistics: members.append("\"microbatch\":\(index)")
    case .forward, .backward: members += ["\"operation\":\(index + 1)", "\"layer\":\(layers[index].layer)"]
    case .nodes, .measure, .direction, .update, .average, .apply:
      if index < tensorOfChunk.count { members += ["\"chunk\":\(index)", "\"tensor\":\(tensorOfChunk[index])"] }
    default: break
    }
    if span.count > 0 { members.append("\"\(Self.counted(span.kind))\":\(span.count)") }
    return members.joined(separator: ",")
  }

  private static func counted(_ kind: TraceSpan.Kind) -> String {
    switch kind {
    case .forkJoin: "pieces"
    case .update, .average, .apply: "parameters"
    default: "samples"
    }
  }

  private static func isNumbered(_ kind: TraceSpan.Kind) -> Bool {
    switch kind {
    case .shard, .shardLoss, .microbatch, .evaluation, .statistics, .step: true
    default: false
    }
  }

  private static func phrase(_ kind: TraceSpan.Kind) -> String {
    switch kind {
    case .pack: "pack weights"
    case .shard: "shard"
    case .shardLoss: "loss of shard"
    case .nodes: "sum of nodes"
    case .measure: "norms of a chunk"
    case .direction: "direction of a chunk"
    case .update: "update of a chunk"
    case .evaluation: "evaluation microbatch"
    case .statistics: "statistics microbatch"
    case .other: "work"
    case .waitForOthers: "wait for other workers"
    case .waitForWork: "wait for work"
    case .microbatch: "microbatch"
    case .gather: "gather samples"
    case .forward: "forward"
    case .loss: "loss"
    case .backward: "backward"
    case .acquire: "get a buffer"
    case .merge: "merge sums"
    case .average: "average over shards"
    case .apply: "apply the rule"
    case .forkJoin: "fork-join"
    case .step: "step"
    case .order: "order of samples"
    case .evaluate: "evaluate"
    case .save: "save"
    case .observers: "tell observers"
    }
  }
}
