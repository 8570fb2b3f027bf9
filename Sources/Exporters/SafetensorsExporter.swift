import Checkpoints
import Coordinator

/// The model's own file: weights with PyTorch's names and layouts; config and preprocessing in its metadata.
struct SafetensorsExporter: Exporter {
  var about: String { "the model's own file, which every command takes; weights with PyTorch's names" }
  var fileExtension: String { "safetensors" }

  func write(_ model: Model, to path: String) throws -> [String] {
    try SafetensorsFile.write(model.network.fileTensors(model.state), metadata: model.metadata.entries, to: path)
    return [path]
  }

  func usage(_ files: [String], of model: Model) -> String { "isotherm predict \(files[0]) --input FILE" }
}

extension Model {
  /// What a file says of the model beside its tensors.
  var metadata: ModelMetadata { ModelMetadata(configuration: configuration, preprocessing: preprocessing) }
}
