// What the sample app uses of AVFoundation, as https://developer.apple.com/documentation/avfoundation declares it.
@_exported import CoreVideo
@_exported import Dispatch
import UIKit

// https://developer.apple.com/documentation/coremedia/cmsamplebuffer
public class CMSampleBuffer {
  // https://developer.apple.com/documentation/coremedia/cmsamplebuffer/imagebuffer
  public var imageBuffer: CVImageBuffer? { nil }
}

// https://developer.apple.com/documentation/avfoundation/avmediatype
public struct AVMediaType: Sendable { public static let video = Self() }
// https://developer.apple.com/documentation/avfoundation/avlayervideogravity
public struct AVLayerVideoGravity: Sendable { public static let resizeAspect = Self() }

// https://developer.apple.com/documentation/avfoundation/avcapturedevice
public class AVCaptureDevice {
  public struct DeviceType: Sendable { public static let builtInWideAngleCamera = Self() }
  public enum Position: Int, Sendable { case unspecified, back, front }
  // https://developer.apple.com/documentation/avfoundation/avcapturedevice/requestaccess(for:completionhandler:)
  public class func requestAccess(for mediaType: AVMediaType) async -> Bool { false }
  // https://developer.apple.com/documentation/avfoundation/avcapturedevice/default(_:for:position:)
  public class func `default`(
    _ deviceType: DeviceType, for mediaType: AVMediaType?, position: Position
  ) -> AVCaptureDevice? { nil }
}

// https://developer.apple.com/documentation/avfoundation/avcaptureinput
public class AVCaptureInput {}
// https://developer.apple.com/documentation/avfoundation/avcapturedeviceinput/init(device:)
public class AVCaptureDeviceInput: AVCaptureInput { public init(device: AVCaptureDevice) throws {} }
// https://developer.apple.com/documentation/avfoundation/avcaptureconnection
public class AVCaptureConnection {
  // https://developer.apple.com/documentation/avfoundation/avcaptureconnection/isvideorotationanglesupported(_:)
  public func isVideoRotationAngleSupported(_ videoRotationAngle: CGFloat) -> Bool { true }
  // https://developer.apple.com/documentation/avfoundation/avcaptureconnection/videorotationangle
  public var videoRotationAngle: CGFloat = 0
}
// https://developer.apple.com/documentation/avfoundation/avcaptureoutput
public class AVCaptureOutput {
  public init() {}
  // https://developer.apple.com/documentation/avfoundation/avcaptureoutput/connection(with:)
  public func connection(with mediaType: AVMediaType) -> AVCaptureConnection? { nil }
}
// https://developer.apple.com/documentation/avfoundation/avcapturevideodataoutputsamplebufferdelegate
public protocol AVCaptureVideoDataOutputSampleBufferDelegate: AnyObject {
  func captureOutput(
    _ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer, from connection: AVCaptureConnection)
}
// https://developer.apple.com/documentation/avfoundation/avcapturevideodataoutput
public class AVCaptureVideoDataOutput: AVCaptureOutput {
  override public init() {}
  // https://developer.apple.com/documentation/avfoundation/avcapturevideodataoutput/videosettings
  public var videoSettings: [String: Any] = [:]
  // https://developer.apple.com/documentation/avfoundation/avcapturevideodataoutput/setsamplebufferdelegate(_:queue:)
  public func setSampleBufferDelegate(
    _ sampleBufferDelegate: (any AVCaptureVideoDataOutputSampleBufferDelegate)?, queue: DispatchQueue?
  ) {}
}

// https://developer.apple.com/documentation/avfoundation/avcapturesession
public class AVCaptureSession {
  public struct Preset: Sendable { public static let hd1280x720 = Self() }
  public init() {}
  public var sessionPreset = Preset.hd1280x720
  public var inputs: [AVCaptureInput] { [] }
  public var outputs: [AVCaptureOutput] { [] }
  public func canAddInput(_ input: AVCaptureInput) -> Bool { true }
  public func addInput(_ input: AVCaptureInput) {}
  public func removeInput(_ input: AVCaptureInput) {}
  public func canAddOutput(_ output: AVCaptureOutput) -> Bool { true }
  public func addOutput(_ output: AVCaptureOutput) {}
  public func removeOutput(_ output: AVCaptureOutput) {}
  public func beginConfiguration() {}
  public func commitConfiguration() {}
  public func startRunning() {}
  public func stopRunning() {}
}
// https://developer.apple.com/documentation/avfoundation/avcapturevideopreviewlayer
public class AVCaptureVideoPreviewLayer: CALayer {
  public var session: AVCaptureSession?
  public var videoGravity = AVLayerVideoGravity.resizeAspect
}
