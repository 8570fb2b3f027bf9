import Configuration
import Datasets
import Foundation
import Keys

/// A first config for somebody's data, with comments, that trains.
package struct StarterConfiguration {
  /// The base name of its file.
  package let name: String
  /// JSON with comments.
  package let text: String
  /// What the data are.
  package let facts: StarterFacts

  /// Loads the data as a run would, and writes a config that suits them.
  ///
  /// - Parameters:
  ///   - schema: the address or path of a schema for editors; left out, the config names none.
  ///   - name: the base name of the config's file; left out, that of the data.
  ///   - load: loads what a config says of data.
  /// - Throws: what `load` throws, such as a `DataError` that names a file.
  package init(
    for data: StarterData, schema: String? = nil, name: String? = nil,
    load: (DataConfiguration) throws -> DataSplits
  ) throws {
    let name = name ?? data.name
    self.name = name
    // The data alone, read as a run would read them.
    let draft: InlineJSON = ["data": data.section, "model": ["preset": "logistic"]]
    let configuration = try RunConfiguration.decode(draft.text, file: name + ".json").data
    facts = StarterFacts(try load(configuration), dataset: data.dataset)
    text = Self.text(data, StarterRecipe(facts), schema: schema, name: name)
    // A config that would be refused must not reach anybody.
    _ = try RunConfiguration.decode(text, file: name + ".json")
  }

  private static func text(_ data: StarterData, _ recipe: StarterRecipe, schema: String?, name: String) -> String {
    var root = CommentedJSON()
    if let schema { root.add("$schema", .string(schema), "Where an editor finds every key and its description.") }
    root.add("name", .string(name), "Names the folder of each run: runs/\(name)-YYYYMMDD-HHMMSS.")
    root.add("data", section(data, recipe))
    root.add("model", recipe.model, recipe.modelReason)
    if let microbatch = recipe.microbatch {
      root.add(
        "batch", ["size": .integer(recipe.batch), "microbatch": .integer(microbatch)],
        "\(recipe.batchReason) Batch norm takes its statistics over \(microbatch).")
    } else {
      root.add("batch", ["size": .integer(recipe.batch)], recipe.batchReason)
    }
    root.add("optimizer", recipe.optimizer, recipe.optimizerReason)
    root.add("learningRate", rate(recipe))
    root.add(
      "epochs", .integer(recipe.epochs),
      "Passes over the training set. To end when nothing gets better: \"stop\": { \"patience\": 10 }.")
    return root.text(heading: heading(data, recipe.facts))
  }

  private static func heading(_ data: StarterData, _ facts: StarterFacts) -> [String] {
    let details = data.details.isEmpty ? "" : " Inputs: \(data.details.joined(separator: ", "))."
    return [
      "\(data.name): \(facts.summary)\(details)",
      "Written by isotherm init as a place to start: change what you like. isotherm schema lists every key.",
    ]
  }

  private static func section(_ data: StarterData, _ recipe: StarterRecipe) -> CommentedJSON {
    var section = CommentedJSON()
    section.add("dataset", .string(data.dataset))
    for key in data.keys {
      if key.reason.isEmpty { section.add(key.name, key.value) } else { section.add(key.name, key.value, key.reason) }
    }
    if data.dataset == "csv" {
      section.add(
        "task", .string(recipe.facts.task),
        recipe.facts.isClassification
          ? "The label's values are classes. \"regression\" predicts them as numbers."
          : "The label is a number to predict, scaled for training and returned in its own units. Otherwise: \"classification\"."
      )
    }
    if let share = recipe.validationShare {
      section.add(
        "validationShare", .number(share),
        "A tenth of the training samples chooses the best weights, so that the test set is looked at once, at the end.")
    }
    if let augment = recipe.augmentations { section.add("augment", augment.list, augment.reason) }
    return section
  }

  private static func rate(_ recipe: StarterRecipe) -> CommentedJSON {
    var rate = CommentedJSON()
    rate.add("reference", .number(recipe.rate), recipe.rateReason)
    rate.add("referenceBatch", .integer(recipe.referenceBatch))
    if let epochs = recipe.warmupEpochs {
      rate.add(
        "warmup", ["kind": "gradual", "epochs": .integer(epochs)],
        "Rises to its height over the first epochs, and falls to 0 by half a cosine.")
    } else {
      rate.add(
        "warmup", ["kind": "none"],
        "A larger batch.size wants one: \"kind\": \"gradual\", \"epochs\": 5. Then the rate falls to 0 by half a cosine."
      )
    }
    rate.add("decay", ["kind": "cosine"])
    return rate
  }
}
