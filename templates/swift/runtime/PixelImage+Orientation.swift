extension TheSDK.PixelImage {
  /// How a camera held the picture: which edge of the picture the first row and column of the pixels are.
  ///
  /// The numbers are those of EXIF and of `CGImagePropertyOrientation`.
  public enum Orientation: UInt32, Sendable, Hashable, CaseIterable {
    /// Upright as it is.
    case up = 1

    /// Mirrored from left to right.
    case upMirrored = 2

    /// Upside down: turned by 180°.
    case down = 3

    /// Mirrored from top to bottom.
    case downMirrored = 4

    /// Rows and columns exchanged.
    case leftMirrored = 5

    /// To be turned by 90° clockwise, as an iPhone held upright delivers its pixels.
    case right = 6

    /// Rows and columns exchanged, and then turned by 180°.
    case rightMirrored = 7

    /// To be turned by 90° counter-clockwise.
    case left = 8
  }

  /// The picture turned upright; a copy unless `orientation` is ``Orientation/up``.
  public func upright(from orientation: Orientation) throws -> Self {
    if orientation == .up { return self }
    let turns = orientation.rawValue >= Orientation.leftMirrored.rawValue
    let (newWidth, newHeight) = turns ? (height, width) : (width, height)
    let size = format.bytesPerPixel
    let step = steps(for: orientation, newWidth: newWidth, newHeight: newHeight)
    let count = width * height * size
    let turned = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      pixels.withUnsafeBufferPointer { source in
        for row in 0..<height {
          var from = row * bytesPerRow
          var to = (step.first + row * step.row) * size
          for _ in 0..<width {
            for byte in 0..<size { target[to + byte] = source[from + byte] }
            from += size
            to += step.column * size
          }
        }
      }
      initialized = count
    }
    return try Self(width: newWidth, height: newHeight, format: format, pixels: turned)
  }

  /// Where the first pixel goes in the new picture, and how far the next row and the next column go from there.
  private func steps(
    for orientation: Orientation,
    newWidth: Int,
    newHeight: Int
  ) -> (first: Int, row: Int, column: Int) {
    let right = newWidth - 1
    let bottom = (newHeight - 1) * newWidth
    switch orientation {
    case .up: return (0, newWidth, 1)
    case .upMirrored: return (right, newWidth, -1)
    case .down: return (bottom + right, -newWidth, -1)
    case .downMirrored: return (bottom, -newWidth, 1)
    case .leftMirrored: return (0, 1, newWidth)
    case .right: return (right, -1, newWidth)
    case .rightMirrored: return (bottom + right, -1, -newWidth)
    case .left: return (bottom, 1, -newWidth)
    }
  }
}
