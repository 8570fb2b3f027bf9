import Keys

extension TemperatureConfiguration {
  package static func keys(_ section: Section, _ value: TemperatureConfiguration?) -> TemperatureConfiguration {
    let hold = section.key(
      "hold", value?.hold, .flag, default: false,
      """
      Whether train --resume may change batch.size: the learning rate is then multiplied by as much as the batch, so \
      that the temperature stays. For sgd.
      """)
    let written = value.map { $0.batches.isEmpty ? nil : $0.batches } ?? nil
    let batches =
      section.optional(
        "batches", written, .list(of: .object(BatchChange.keys), "changes", count: 1...1000),
        "Batches that a resumed run changed to, each from the beginning of an epoch on; train --resume writes them.")
      ?? []
    section.check(
      "batches", with: ["hold"], hold || batches.isEmpty,
      "found \(batches.count == 1 ? "a change" : "changes") without temperature.hold true; allowed: none, or hold true")
    section.check(
      "batches", zip(batches, batches.dropFirst()).allSatisfy { $0.epoch < $1.epoch },
      "found epochs \(batches.map { "\($0.epoch)" }.joined(separator: ", ")); allowed: each after the one before it")
    return TemperatureConfiguration(hold: hold, batches: batches)
  }
}

extension BatchChange {
  fileprivate static func keys(_ section: Section, _ value: BatchChange?) -> BatchChange {
    BatchChange(
      epoch: section.required("epoch", value?.epoch, .integer(0...Limit.count), "Epochs done before the change."),
      size: section.required("size", value?.size, .count, "Samples of one optimizer step from then on."))
  }
}
