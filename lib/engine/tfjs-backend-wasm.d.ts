declare module "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.min.js" {
  export * from "@tensorflow/tfjs-backend-wasm";
}
