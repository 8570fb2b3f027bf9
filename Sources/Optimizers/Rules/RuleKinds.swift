/// Every update rule, once. The order is that of messages and of the schema; the first is the default.
package enum RuleKinds {
  package static let all: [any Rule.Type] = [SGD.self, LARS.self, Adam.self, AdamW.self, LAMB.self]

  /// What holds by default, and for which rules something else: "0.1; 0.001 for adam, adamw and lamb".
  static func defaults<Value: Equatable>(_ value: (any Rule.Type) -> Value) -> String {
    let usual = value(all[0])
    var others: [Value] = []
    for kind in all where value(kind) != usual && !others.contains(value(kind)) { others.append(value(kind)) }
    let phrases = others.map { other in
      let names = all.filter { value($0) == other }.map { $0.name }
      let most = names.dropLast().joined(separator: ", ")
      return "\(other) for \(most.isEmpty ? "" : most + " and ")\(names[names.count - 1])"
    }
    return (["\(usual)"] + phrases).joined(separator: "; ")
  }
}
