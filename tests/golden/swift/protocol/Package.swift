// swift-tools-version: 5.9
import PackageDescription

let package = Package(
  name: "ProtocolSdk",
  platforms: [.iOS("16.0"), .macOS("13.0")],
  products: [
    .library(name: "ProtocolSdk", targets: ["ProtocolSdk"])
  ],
  targets: [
    // The kernels and the runtime, C11 without dependencies.
    .target(name: "CProtocolSdk"),
    .target(
      name: "ProtocolSdk",
      dependencies: ["CProtocolSdk"],
      resources: [
        .copy("Resources/PrivacyInfo.xcprivacy"),
        .copy("Resources/Protocol.mlpackage"),
        .copy("Resources/labels.json"),
        .copy("Resources/protocol.pte"),
      ],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
    .testTarget(
      name: "ProtocolSdkTests",
      dependencies: ["ProtocolSdk"],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
  ]
)
