import Keys

extension BatchConfiguration {
  package static func keys(_ section: Section, _ value: BatchConfiguration?) -> BatchConfiguration {
    let batch = BatchConfiguration(
      size: section.key("size", value?.size, .count, default: 256, "Samples of one optimizer step."),
      shards: section.optional(
        "shards", value?.shards, .count,
        """
        Fixed parts of the batch, with a gradient each; they bound how many threads can help. Left out: the number of \
        microbatches up to 16; of more than 32 microbatches half as many, up to 128.
        """),
      microbatch: section.optional(
        "microbatch", value?.microbatch, .count,
        """
        Samples that go through the network at once, over which batch norm takes its statistics. Left out: it follows \
        from the model.
        """))
    let (size, microbatch) = (batch.size, batch.microbatch ?? 1)
    section.check(
      "microbatch", with: ["size"], microbatch <= size,
      "found \(microbatch); allowed: at most the batch's size, \(size)")
    return batch
  }
}
