// SPDX-License-Identifier: Apache-2.0

import CSdkgen

extension TheSDK.PixelImage {
  /// The input of the network: R, G, B pixels of its size, resized by the rule of its training.
  func croppedToNetwork() throws -> PreparedImage {
    let (width, height) = (UInt32(Network.width), UInt32(Network.height))
    var window = sg_resize(
      resized_width: width, resized_height: height, left: 0, top: 0, width: width, height: height)
    var rgb = [UInt8](repeating: 0, count: Network.width * Network.height * 3)
    try withImage { source in
      if let shorterSide = Network.shorterSide {
        try checkStatus(
          sg_image_shorter_side(
            source.pointee.width, source.pointee.height, shorterSide, width, height, &window))
      }
      try checkStatus(sg_image_resize(source, &window, &rgb, rgb.count))
    }
    return PreparedImage(bytes: rgb)
  }
}
