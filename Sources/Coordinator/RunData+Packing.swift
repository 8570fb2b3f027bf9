import Datasets
import Kernels
import Machine
import Workers

extension RunData {
  /// Decodes the pictures of a folder ahead of a run, with all cores.
  ///
  /// - Parameters:
  ///   - folder: has `train` and `test`, or a folder for each class.
  ///   - rules: the keys of the config that decide what is stored.
  ///   - file: `nil` for the file that a run with the same keys looks for in the cache directory.
  ///   - threads: left out, as many as there are cores; the file does not depend on it.
  ///   - progress: hears how far it has come, on the calling thread.
  /// - Returns: the file, and what is in it.
  package static func pack(
    _ folder: String, _ rules: PackingRules, to file: String?, threads: Int? = nil,
    progress: @escaping (LoadingProgress) -> Void = { _ in }
  ) throws(DataError) -> (file: String, pictures: PackedPictures) {
    let wanted = threads ?? MachineTopology.current.usableCores
    let workers = WorkerPool(threads: min(wanted, BLASBuild.maximumCallers))
    var request = LoadingRequest(seed: 0, normalization: .none, progress: progress)
    request.forEach = { count, body in workers.run(count) { _, index in body(index) } }
    let pictures = try PictureLayout(folder).folder()
    let path = file ?? PackCache.folder() + "/" + PackCache.name(of: pictures, rules)
    return (path, try PackedPictures(packing: pictures, rules, to: path, request))
  }
}
