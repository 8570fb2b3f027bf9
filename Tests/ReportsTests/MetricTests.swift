import Reports
import Testing

@Suite("A metric in Prometheus' text format")
struct MetricTests {
  @Test("has its help, its kind and its value, a line each")
  func lines() {
    let loss = Metric("isotherm_loss", "Mean loss.", 0.25)
    #expect(loss.text == "# HELP isotherm_loss Mean loss.\n# TYPE isotherm_loss gauge\nisotherm_loss 0.25\n")
    let total = Metric("isotherm_samples_total", "Samples.", 1_234_567, kind: .counter)
    #expect(total.text.hasSuffix("# TYPE isotherm_samples_total counter\nisotherm_samples_total 1234567\n"))
  }

  @Test("says in the format's words what is no finite number")
  func numbers() {
    for (value, text) in [
      (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"), (-3, "-3"), (1e-7, "1e-07"),
      (1e300, "1e+300"),
    ] {
      #expect(Metric("a", "b", value).text.hasSuffix("\na \(text)\n"))
    }
  }

  @Test("escapes backslashes, quotes and ends of lines in labels, and the first and last in help")
  func escapes() {
    let metric = Metric("a", "x \\ y\nz \"w\"", 1, labels: [("name", "q\"\\\nü"), ("other", "")])
    #expect(metric.text == "# HELP a x \\\\ y\\nz \"w\"\n# TYPE a gauge\na{name=\"q\\\"\\\\\\nü\",other=\"\"} 1\n")
  }

  @Test("a study says how far it is")
  func study() {
    let gauge = StudyGauge(study: "sweep", name: "mnist")
    #expect(gauge.metrics.map(\.name) == ["isotherm_study_info", "isotherm_study_done"])
    gauge.update(done: 3, planned: 12, secondsLeft: 4.5, samplesPerSecond: nil)
    let values = Dictionary(uniqueKeysWithValues: gauge.metrics.map { ($0.name, $0.value) })
    #expect(
      values == [
        "isotherm_study_info": 1, "isotherm_study_done": 3, "isotherm_study_planned": 12, "isotherm_seconds_left": 4.5,
      ])
    #expect(gauge.metrics[0].text.contains("isotherm_study_info{study=\"sweep\",name=\"mnist\",version="))
  }
}
