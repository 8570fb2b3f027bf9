/// What the manual says of the whole program, and no option's help does.
enum ManualText {
  struct Section {
    var title: String
    var entries: [(term: String, text: String)]
  }

  static let sections = [
    Section(
      title: "EXIT STATUS",
      entries: [
        ("\(0)", "Done."),
        (
          "\(Failure.runTime)",
          "A failure at run time: no memory, a full disk, a damaged checkpoint; `verify`: bits differ."
        ),
        ("\(Failure.usage)", "A mistake in the command or in the config."),
        ("\(Failure.data)", "Data that are missing or damaged."),
        ("\(Failure.diverged)", "The run diverged."),
        ("\(Failure.targetNotReached)", "The config's target was not reached."),
        (
          "\(Failure.interrupted)",
          "Interrupted (Ctrl-C, SIGTERM); a checkpoint was saved, and `isotherm train --resume RUN` continues it."
        ),
      ]),
    Section(
      title: "ENVIRONMENT",
      entries: [
        (
          "ISOTHERM_DATA",
          "Where known data sets are, each in a folder of its name; data fetch puts them there. Default: isotherm in the "
            + "user's cache directory."
        ),
        (
          "ISOTHERM_CACHE",
          "Where decoded pictures and converted arrays are kept. Default: isotherm in the user's cache directory."
        ),
        ("XDG_CACHE_HOME", "The user's cache directory. Default: ~/.cache."),
        (
          "ISOTHERM_KERNELS",
          "The CPU family whose kernels compute: portable, avx2 or avx512. Default: the best that the CPU has. Results are "
            + "the same bits within a family, not across families."
        ),
        ("http_proxy, https_proxy, no_proxy", "Honoured by data fetch."),
        ("NO_COLOR", "Not empty: the terminal is shown no colours."),
        ("COLUMNS", "Width of tables and plots where the output is not a terminal. Default: 80."),
      ]),
    Section(
      title: "FILES",
      entries: [
        (
          "runs/NAME-YYYYMMDD-HHMMSS",
          "The directory of a run: config.json (with every default), metrics.jsonl, summary.json, report.html, "
            + "weights.safetensors, checkpoints."
        ),
        ("studies/NAME-STUDY-YYYYMMDD-HHMMSS", "The directory of a study: study.json, tables, report.html."),
        (
          "latest",
          "In place of a run directory: the run in runs whose config.json changed last, which train writes as it begins."
        ),
        ("PREFIX/share/isotherm", "The digits, and the schema of configs for editors."),
      ]),
  ]
}
