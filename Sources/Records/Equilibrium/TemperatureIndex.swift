/// η ÷ (B(1 − m)), to which SGD's temperature is proportional (Smith & Le 2018; Mandt et al. 2017).
package enum TemperatureIndex {
  package static func value(learningRate: Double, batch: Int, momentum: Double) -> Double {
    learningRate / (Double(batch) * (1 - momentum))
  }
}
