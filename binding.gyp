{
  # For those who come with node-gyp: the same build as `npm run build:native`.
  "targets": [
    {
      "target_name": "tsrun",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake-js",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["build/tsrun.node"],
          "action": ["node_modules/.bin/cmake-js", "build"]
        }
      ]
    }
  ]
}
