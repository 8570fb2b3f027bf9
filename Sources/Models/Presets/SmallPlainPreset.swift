import Keys

/// The network of depth 6n + 2 for images such as CIFAR's without shortcuts (He et al. 2016a, §4.2).
struct SmallPlainPreset: Preset {
  /// 8, 14, 20 …
  var depth: Int

  static var cases: [Case<ModelConfiguration>] {
    SmallResNetPreset.depths.map { depth in
      named(
        "plain\(depth)", "The network of resnet\(depth) without shortcuts.", if: { $0.depth == depth }
      ) { _, _ in SmallPlainPreset(depth: depth) }
    }
  }

  func namedLayers(outputs: Int) -> NamedLayers {
    .forSmallImages(depth: depth, shortcut: nil, outputs: outputs)
  }
}

extension ModelConfiguration {
  /// The network of ``cifarResNet(depth:shortcut:zeroInitResidual:)`` without shortcuts, depth 20, 32, 44, 56, 110.
  public static func cifarPlain(depth: Int) -> ModelConfiguration {
    ModelConfiguration(SmallPlainPreset(depth: depth))
  }
}
