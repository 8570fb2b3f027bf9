import Kernels
import Testing

extension Trait where Self == ConditionTrait {
  /// Skips a test, by its name, on a CPU that cannot run the kernels of a path.
  package static func needs(_ path: KernelPath) -> Self {
    .enabled(if: KernelPath.supported.contains(path), "this CPU cannot run the \(path.rawValue) kernels")
  }
}
