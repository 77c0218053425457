// What the sample app uses of Core Video beside what the SDK does.

// https://developer.apple.com/documentation/corevideo/kcvpixelbufferpixelformattypekey
public var kCVPixelBufferPixelFormatTypeKey: CFString { "" }
