import Calendars
import Configuration
import Datasets
import Library
import Models
import Testing

@Suite("A config of Swift values")
struct SwiftConfigurationTests {
  @Test("is what JSON with the same keys gives, and passes its checks")
  func defaults() throws {
    var made = RunConfiguration(
      name: "made", data: DataConfiguration(source: .digits), model: .mlp(hidden: [12]))
    made.batch.size = 64
    made.length = .steps(7)
    try made.validate()
    let read = try RunConfiguration.decode(
      """
      { "name": "made", "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [12] },
        "batch": { "size": 64 }, "steps": 7 }
      """, file: "made.json")
    #expect(made == read)
  }

  @Test("has the mean squared error where the data hold numbers")
  func regression() throws {
    let source = DataSource.quadratic(QuadraticConfiguration(deviations: [1, 2]))
    let made = RunConfiguration(
      data: DataConfiguration(source: source), model: .layers([.dense(units: 2, bias: false)]))
    #expect(made.loss == .meanSquaredError)
    try made.validate()
  }
}
