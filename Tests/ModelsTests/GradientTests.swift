import Kernels
import Models
import TestSupport
import Testing

@Suite("The gradient of a shard is the derivative of the reference's loss")
struct GradientTests {
  @Test("of dense layers, losses and sizes of microbatches", arguments: NetworkCase.dense)
  func dense(test: NetworkCase) throws {
    try GradientCheck(test).expectAgreement()
  }

  @Test("of convolutions", arguments: NetworkCase.convolutions)
  func convolutions(test: NetworkCase) throws {
    try GradientCheck(test).expectAgreement()
  }

  @Test("of batch norm", arguments: NetworkCase.batchNorms)
  func batchNorms(test: NetworkCase) throws {
    try GradientCheck(test).expectAgreement()
  }

  @Test("of pooling, ReLU and dropout", arguments: NetworkCase.withoutParameters)
  func withoutParameters(test: NetworkCase) throws {
    try GradientCheck(test).expectAgreement()
  }

  @Test("of residual blocks", arguments: NetworkCase.residuals)
  func residuals(test: NetworkCase) throws {
    try GradientCheck(test).expectAgreement()
  }

  @Test("of layers with files of tests of their own", arguments: NetworkCase.ofKinds)
  func ofKinds(test: NetworkCase) throws {
    try GradientCheck(test).expectAgreement()
  }

  @Test(
    "in evaluation the loss, the predictions and running statistics are the reference's", arguments: NetworkCase.all)
  func evaluation(test: NetworkCase) throws {
    let run = try NetworkRun(smooth: test)
    var reference = ReferenceNetwork(
      layers: test.layers, loss: test.loss == .meanSquaredError ? test.loss : .crossEntropy(labelSmoothing: 0),
      microbatch: test.microbatch, parameters: run.reference.parameters, dropout: nil)
    reference.isTraining = false
    let expected = reference.run(run.samples, shape: run.shape)
    let (sum, predictions) = run.evaluation()
    #expect(
      abs(sum.loss - expected.loss) <= 2e-5 * max(1, abs(expected.loss)), "loss \(sum.loss), not \(expected.loss)")
    if test.loss != .meanSquaredError {
      let correct = zip(predictions, run.samples).count { Int($0) == $1.label }
      #expect(sum.correct == expected.correct && correct == expected.correct)
    }
  }

  @Test("the same bits whether intermediate values share memory or not", arguments: NetworkCase.all)
  func sharedMemory(test: NetworkCase) throws {
    let shared = try NetworkRun(test, seed: 3)
    let apart = try NetworkRun(test, seed: 3, reusingMemory: false)
    let (sum, gradient, _) = shared.gradient(of: shared.shard)
    let (expectedSum, expected, _) = apart.gradient(of: apart.shard)
    #expect(sum == expectedSum)
    for tensor in shared.network.tensors {
      let same = zip(gradient[tensor.range], expected[tensor.range]).allSatisfy { $0.bitPattern == $1.bitPattern }
      let isFinite = gradient[tensor.range].allSatisfy(\.isFinite)
      #expect(same && isFinite, "\(tensor.name)")
    }
  }
}
