import Keys

extension ReceiptConfiguration {
  package static func keys(_ section: Section, _ value: ReceiptConfiguration?) -> ReceiptConfiguration {
    ReceiptConfiguration(
      everySteps: section.key(
        "everySteps", value?.everySteps, .integer(1...1_000_000_000), default: 100,
        "Steps between two lines of receipt.jsonl; the last step has one too."))
  }
}

extension GuardConfiguration {
  package static func keys(_ section: Section, _ value: GuardConfiguration?) -> GuardConfiguration {
    GuardConfiguration(
      share: section.key(
        "share", value?.share, .number(.above(0, through: 1)), default: 0.01,
        "Share of the shards that are computed twice; about this much more work is done."))
  }
}
