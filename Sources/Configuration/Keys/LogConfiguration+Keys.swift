import Keys

extension LogConfiguration {
  package static func keys(_ section: Section, _ value: LogConfiguration?) -> LogConfiguration {
    LogConfiguration(
      tensorboard: section.key(
        "tensorboard", value?.tensorboard, .flag, default: false,
        "Whether the run directory gets an event file, which TensorBoard shows."),
      csv: section.key(
        "csv", value?.csv, .flag, default: false,
        "Whether the run directory gets metrics.csv, with a row for each line of metrics.jsonl."),
      histograms: section.key(
        "histograms", value?.histograms, .flag, default: true,
        "Whether the event file, where there is one, has histograms of all weights and gradients at every evaluation."))
  }
}
