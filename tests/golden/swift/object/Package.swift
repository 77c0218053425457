// swift-tools-version: 5.9
import PackageDescription

let package = Package(
  name: "Object",
  platforms: [.iOS("16.0"), .macOS("13.0")],
  products: [
    .library(name: "Object", targets: ["Object"])
  ],
  targets: [
    // The kernels and the runtime, C11 without dependencies.
    .target(name: "CObject"),
    .target(
      name: "Object",
      dependencies: ["CObject"],
      resources: [
        .copy("Resources/PrivacyInfo.xcprivacy"),
        .copy("Resources/Object.mlpackage"),
        .copy("Resources/object.pte"),
      ],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
    .testTarget(
      name: "ObjectTests",
      dependencies: ["Object"],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
  ]
)
