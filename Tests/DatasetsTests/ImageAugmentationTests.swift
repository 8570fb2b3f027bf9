import Datasets
import Kernels
import Pictures
import TestSupport
import Testing

@Suite("Augmentation of images") struct ImageAugmentationTests {
  private let images = Images(height: 7, width: 9, channels: 3, count: 5)

  private func pixel(_ image: [Float], _ y: Int, _ x: Int, width: Int = 9, channels: Int = 3) -> [Float] {
    Array(image[(y * width + x) * channels..<(y * width + x + 1) * channels])
  }

  /// Index −2, −1, 0 … of an image that goes on as its mirror image, step by step.
  private func walked(_ place: Int, count: Int) -> Int {
    var (index, direction) = (0, 1)
    for _ in 0..<abs(place) {
      if count == 1 { return 0 }
      if index + direction < 0 || index + direction >= count { direction = -direction }
      index += direction
    }
    return index
  }

  @Test("a reflected shift shows the image and its mirror images, before or after a flip, each shift equally often")
  func reflection() {
    let (padding, count) = (2, 2000)
    for flips in [[], [Augmentation.flip]] {
      for list in [[.reflectCrop(padding: padding)] + flips, flips + [.reflectCrop(padding: padding)]] {
        var expected: [[Float]] = []
        let plain = images.plain(1)
        for down in -padding...padding {
          for right in -padding...padding {
            for flip in flips.isEmpty ? [false] : [false, true] {
              var image: [Float] = []
              for y in 0..<7 {
                for x in 0..<9 {
                  let column = (flip ? 8 - x : x) + right
                  image += pixel(plain, walked(y + down, count: 7), walked(column, count: 9))
                }
              }
              expected.append(image)
            }
          }
        }
        var counts = Array(repeating: 0, count: expected.count)
        for epoch in 0..<count {
          let image = images.augmented(list, sample: 1, epoch: epoch)
          guard let match = expected.firstIndex(of: image) else {
            Issue.record("an image that no shift gives")
            return
          }
          counts[match] += 1
        }
        let mean = Double(count) / Double(counts.count)
        let chiSquare = counts.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) / mean }
        #expect(chiSquare < (flips.isEmpty ? 62 : 99))
      }
    }
  }

  @Test("a reflection may go far beyond the image, and one of a single row stays there", arguments: [1, 2, 7])
  func farReflection(height: Int) {
    let images = Images(height: height, width: 3, channels: 1, count: 1)
    let plain = Set(images.plain(0))
    for epoch in 0..<50 {
      #expect(Set(images.augmented([.reflectCrop(padding: 20)], sample: 0, epoch: epoch)).isSubset(of: plain))
    }
  }

  @Test("flips in turn: chance decides in the first epoch, and each image is mirrored in every other one")
  func alternatingFlips() {
    let many = Images(height: 2, width: 3, channels: 1, count: 400)
    var first = 0
    for sample in 0..<400 {
      let plain = many.plain(sample)
      let mirrored = [2, 1, 0, 5, 4, 3].map { plain[$0] }
      guard plain != mirrored else { continue }
      let seen = (0..<5).map { many.augmented([.alternatingFlip], sample: sample, epoch: $0) }
      #expect(seen == (seen[0] == plain ? [plain, mirrored, plain, mirrored, plain] : seen), "sample \(sample)")
      #expect(seen == (seen[0] == mirrored ? [mirrored, plain, mirrored, plain, mirrored] : seen), "sample \(sample)")
      // The first epoch is that of independent flips.
      #expect(seen[0] == many.augmented([.flip], sample: sample, epoch: 0))
      first += seen[0] == mirrored ? 1 : 0
    }
    #expect((150...250).contains(first))
  }

  @Test(
    "a view shows an image moved and mirrored, with its reflection at the edges",
    arguments: [(0, 0), (1, 1), (-1, -1), (3, -2), (-9, 0)], [false, true])
  func views(shift: (down: Int, right: Int), isMirrored: Bool) {
    let view = SampleView(down: shift.down, right: shift.right, isMirrored: isMirrored, weight: 0.5)
    let inputs = Buffer(images.plain(0) + images.plain(3))
    view.apply(to: inputs.view, shape: images.shape)
    for (row, sample) in [0, 3].enumerated() {
      let plain = images.plain(sample)
      var expected: [Float] = []
      for y in 0..<7 {
        for x in 0..<9 {
          // What is moved down by one stands a row lower.
          let column = (isMirrored ? 8 - x : x) - shift.right
          expected += pixel(plain, walked(y - shift.down, count: 7), walked(column, count: 9))
        }
      }
      #expect(Array(inputs.array()[row * plain.count..<(row + 1) * plain.count]) == expected)
    }
    #expect(view.isIdentity == (shift == (0, 0) && !isMirrored))
  }

  // MARK: Crops

  /// Every part of a ramp is a ramp, which tells where the part was: value = 10 · row + column, in the second channel 1.
  private func ramp(stored: (height: Int, width: Int), shape: SampleShape) -> Dataset {
    let bytes = (0..<stored.height * stored.width).flatMap { place -> [UInt8] in
      [UInt8(10 * (place / stored.width) + place % stored.width), 1]
    }
    return Dataset(
      name: "ramp", shape: .image(height: stored.height, width: stored.width, channels: 2),
      samples: .bytes(Buffer(bytes)), targets: .classes(Buffer<Int32>(count: 1), count: 2))
  }

  @Test("a crop is the part that torchvision's rules draw, stretched; areas and ratios have their distribution")
  func crops() {
    let (height, width) = (20, 21)
    let dataset = ramp(stored: (height, width), shape: .image(height: height, width: width, channels: 2))
    var (areas, ratios, tops) = ([Double](), [Double](), [Double]())
    for epoch in 0..<1500 {
      let image = images.augmented(
        [.randomResizedCrop(scale: 0.2...0.6, ratio: 0.5...2)], sample: 0, epoch: epoch, of: dataset)
      // In the middle of the stretched image, away from its edges, it is a plane.
      func value(_ y: Int, _ x: Int) -> Double { Double(image[(y * width + x) * 2]) }
      let stepX = value(10, 11) - value(10, 10)
      let stepY = (value(11, 10) - value(10, 10)) / 10
      let (partWidth, partHeight) = (stepX * Double(width), stepY * Double(height))
      #expect(abs(partWidth - partWidth.rounded()) < 0.01 && abs(partHeight - partHeight.rounded()) < 0.01)
      areas.append(partWidth * partHeight / Double(height * width))
      ratios.append(partWidth / partHeight)
      tops.append((value(10, 10) - 10 * stepX - 10.5 * 0) / 10)
      #expect(image.indices.allSatisfy { $0 % 2 == 0 || image[$0] == 1 })
    }
    // Rounded sides move an area by a few hundredths.
    #expect(areas.min()! > 0.15 && areas.max()! < 0.66 && areas.min()! < 0.25 && areas.max()! > 0.55)
    #expect(ratios.min()! > 0.4 && ratios.max()! < 2.5)
    // Mean of a share evenly from 0.2 to 0.6 is 0.4; its deviation over 1500 is 0.003.
    #expect(abs(areas.reduce(0, +) / 1500 - 0.4) < 0.015)
    #expect(abs(ratios.count { $0 > 1 } - 750) < 100)
    #expect(Set(tops.map { Int($0.rounded()) }).count > 8)
  }

  @Test("the whole picture as its own part is the picture, and a part of twice the size is the middle between pixels")
  func stretched() {
    let plain = images.plain(2)
    let whole = images.augmented([.randomResizedCrop(scale: 1...1, ratio: 9.0 / 7...9.0 / 7)], sample: 2, epoch: 4)
    expectClose(whole, plain, relative: 1e-5)
    let shape = SampleShape.image(height: 4, width: 4, channels: 1)
    let large = Images(height: 8, width: 8, channels: 1, count: 1)
    var placement = Placement(shape: shape, stored: large.shape)
    placement.crop(Placement.Part(top: 0, left: 0, height: 8, width: 8))
    let input = Buffer<Float>(count: 16)
    large.dataset.write(0, at: placement, into: input.view)
    let stored = large.plain(0)
    let expected = (0..<16).map { place in
      let (y, x) = (2 * (place / 4), 2 * (place % 4))
      return (stored[8 * y + x] + stored[8 * y + x + 1] + stored[8 * y + 8 + x] + stored[8 * y + 9 + x]) / 4
    }
    expectClose(input.array(), expected, relative: 1e-5)
  }

  @Test("a flip before a crop is one after the mirrored part")
  func flippedCrop() {
    let shape = SampleShape.image(height: 5, width: 6, channels: 3)
    var before = Placement(shape: shape, stored: images.shape)
    before.flip()
    before.crop(Placement.Part(top: 1, left: 2, height: 4, width: 3))
    var after = Placement(shape: shape, stored: images.shape)
    after.crop(Placement.Part(top: 1, left: 4, height: 4, width: 3))
    after.flip()
    #expect(before == after)
  }

  // MARK: Colours

  /// The colours of an image of `images`, in [0, 1].
  private func colors(_ image: [Float]) -> [Float] {
    image.indices.map { (image[$0] - images.shift[$0 % 3]) / images.scale[$0 % 3] / 255 }
  }

  private func grey(_ colors: [Float], _ pixel: Int) -> Float {
    0.299 * colors[3 * pixel] + 0.587 * colors[3 * pixel + 1] + 0.114 * colors[3 * pixel + 2]
  }

  private func unit(_ value: Float) -> Float { min(max(value, 0), 1) }

  @Test("brightness, contrast and saturation alone are their formulas, for some factor")
  func factors() {
    let plain = colors(images.plain(3))
    let mean = (0..<63).map { grey(plain, $0) }.reduce(0, +) / 63
    for epoch in 0..<20 {
      let changes: [(Augmentation, (Int) -> Float)] = [
        (.colorJitter(brightness: 0.5, contrast: 0, saturation: 0), { _ in 0 }),
        (.colorJitter(brightness: 0, contrast: 0.5, saturation: 0), { _ in mean }),
        (.colorJitter(brightness: 0, contrast: 0, saturation: 0.5), { grey(plain, $0 / 3) }),
      ]
      for (augmentation, other) in changes {
        let found = colors(images.augmented([augmentation], sample: 3, epoch: epoch))
        // The factor that the number farthest from the other end and away from the limits shows.
        let clear = plain.indices.filter { found[$0] > 0.01 && found[$0] < 0.99 }
        guard let place = clear.max(by: { abs(plain[$0] - other($0)) < abs(plain[$1] - other($1)) }) else { continue }
        let factor = (found[place] - other(place)) / (plain[place] - other(place))
        #expect(factor > 0.499 && factor < 1.501)
        let expected = plain.indices.map { unit(factor * plain[$0] + (1 - factor) * other($0)) }
        expectClose(found, expected, relative: 1e-3)
      }
    }
  }

  @Test("a third of the circle turns red to green to blue, and a turn leaves grey alone")
  func hue() {
    let pixels = Buffer<Float>([1, 0, 0, 0.5, 0.5, 0.5, 0.8, 0.2, 0.2, 0.2, 0.4, 0.6])
    let (scale, shift) = (Buffer<Float>([1, 1, 1]), Buffer<Float>(count: 3))
    func turn(_ share: Float) -> [Float] {
      Colors.jitter(
        pixels.view, channels: 3, scale: scale.view, shift: shift.view, white: 1, brightness: 1, contrast: 1,
        saturation: 1, hue: share, order: 0)
      return pixels.array()
    }
    expectClose(turn(1.0 / 3), [0, 1, 0, 0.5, 0.5, 0.5, 0.2, 0.8, 0.2, 0.6, 0.2, 0.4], relative: 1e-4)
    expectClose(turn(-1.0 / 3), [1, 0, 0, 0.5, 0.5, 0.5, 0.8, 0.2, 0.2, 0.2, 0.4, 0.6], relative: 1e-4)
    expectClose(turn(0.5), [0, 1, 1, 0.5, 0.5, 0.5, 0.2, 0.8, 0.8, 0.6, 0.4, 0.2], relative: 1e-4)
  }

  @Test("the order of the four changes is each of 24 by its number, and matters")
  func orders() {
    var seen: [[Float]] = []
    for order in 0..<24 {
      let pixels = Buffer<Float>([0.9, 0.1, 0.3, 0.2, 0.7, 0.6])
      let (scale, shift) = (Buffer<Float>([1, 1, 1]), Buffer<Float>(count: 3))
      Colors.jitter(
        pixels.view, channels: 3, scale: scale.view, shift: shift.view, white: 1, brightness: 1.4, contrast: 0.6,
        saturation: 1.4, hue: 0.1, order: order)
      seen.append(pixels.array())
    }
    #expect(Set(seen).count > 6)
  }

  @Test("colours stay in their range, whatever is done to them, in grey too", arguments: [1, 3])
  func range(channels: Int) {
    let images = Images(height: 7, width: 9, channels: channels, count: 1)
    let strong = Augmentation.colorJitter(brightness: 3, contrast: 3, saturation: 3, hue: 0.5)
    for epoch in 0..<40 {
      let image = images.augmented([strong], sample: 0, epoch: epoch)
      for index in image.indices {
        let color = (image[index] - images.shift[index % channels]) / images.scale[index % channels] / 255
        #expect(color > -1e-4 && color < 1 + 1e-4)
      }
    }
  }

  // MARK: Squares

  @Test("cutout blots out one square, cut off at the edges; its middle is every pixel equally often")
  func cutout() {
    let plain = images.plain(0)
    var middles = Array(repeating: 0, count: 63)
    for epoch in 0..<3000 {
      let image = images.augmented([.cutout(size: 3)], sample: 0, epoch: epoch)
      let changed = (0..<63).filter { pixel(image, $0 / 9, $0 % 9) != pixel(plain, $0 / 9, $0 % 9) }
      #expect(changed.allSatisfy { pixel(image, $0 / 9, $0 % 9) == [0, 0, 0] })
      let matches = (0..<63).filter { middle in
        let square = (0..<63).filter { abs($0 / 9 - middle / 9) <= 1 && abs($0 % 9 - middle % 9) <= 1 }
        return square == changed
      }
      #expect(matches.count == 1)
      if let match = matches.first { middles[match] += 1 }
    }
    // 62 degrees of freedom: beyond 110 once in 5,000 seeds; this seed is fixed.
    let mean = 3000.0 / 63
    #expect(middles.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) / mean } < 110)
  }

  // MARK: All of them

  @Test(
    "what is written depends on nothing but epoch and sample, for every list, and pixels change in the list's order")
  func lists() {
    let all: [Augmentation] = [
      .flip, .randomResizedCrop(), .padCrop(padding: 1), .colorJitter(hue: 0.1), .cutout(size: 2),
    ]
    var seen: [[Float]] = []
    for list in [
      all, [all[1], all[0], all[2], all[4], all[3]], Array(all.dropFirst()), [.flip, .reflectCrop(padding: 2)],
    ] {
      let one = (0..<5).map { images.augmented(list, sample: $0, epoch: 2) }
      let again = (0..<5).reversed().map { images.augmented(list, sample: $0, epoch: 2) }
      #expect(one == again.reversed())
      #expect(Set(one).count == 5)
      #expect(one[0] != images.augmented(list, sample: 0, epoch: 3))
      seen += one
    }
    #expect(Set(seen).count == seen.count)
    // A blot that comes first is coloured; one that comes last is not.
    let last = images.augmented([.colorJitter(), .cutout(size: 3)], sample: 0, epoch: 1)
    let first = images.augmented([.cutout(size: 3), .colorJitter()], sample: 0, epoch: 1)
    #expect(last.contains(0) && !first.contains(0))
  }

  @Test("a source of another kind gets the same pictures as one in memory")
  func otherSources() {
    struct Other: SampleSource {
      let dataset: Dataset
      var name: String { "other" }
      var shape: SampleShape { dataset.shape }
      var count: Int { dataset.count }
      var task: PredictionTask { dataset.task }
      var pixelScale: PixelScale? { dataset.pixelScale }
      func write(_ sample: Int, into input: Floats) { dataset.write(sample, into: input) }
      func label(of sample: Int) -> Int { dataset.label(of: sample) }
    }
    let lists: [[Augmentation]] = [
      [.flip, .padCrop(padding: 2)], [.reflectCrop(padding: 3), .flip], [.randomResizedCrop(), .cutout(size: 2)],
    ]
    for list in lists {
      for epoch in 0..<10 {
        expectClose(
          images.augmented(list, sample: 2, epoch: epoch, of: Other(dataset: images.dataset)),
          images.augmented(list, sample: 2, epoch: epoch), relative: 1e-5)
      }
    }
  }

  @Test("colours of images whose colours are not known are not changed but refused")
  func unknownColors() {
    let data = DataConfiguration(
      source: .synthetic(shape: [5, 6, 2], classes: 2, samples: 20, testSamples: 5), augmentations: [.colorJitter()])
    expectRefusal("colorJitter") { try DatasetLoader.load(data, seed: 1) }
  }
}
