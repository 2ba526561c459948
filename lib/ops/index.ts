export { activation, activations, type Activation, type ActivationName } from "./activations.js";
export { adain } from "./adain.js";
export { addNoise } from "./addNoise.js";
export { biasAct, type BiasActOptions } from "./biasAct.js";
export { blur } from "./blur.js";
export type { Padding } from "./check.js";
export { clampMagnitude } from "./clampMagnitude.js";
export { convolutionLayer, type ConvolutionLayerOptions } from "./convolutionLayer.js";
export { conv2d, type Conv2dOptions } from "./conv2d.js";
export { conv2dResample, type Conv2dResampleOptions } from "./conv2dResample.js";
export { demodulationCoefficients } from "./demodulationCoefficients.js";
export { downsample2d } from "./downsample2d.js";
export { downsampleAverage } from "./downsampleAverage.js";
export { filter2d } from "./filter2d.js";
export { filteredLeakyRelu, type FilteredLeakyReluOptions } from "./filteredLeakyRelu.js";
export { fullyConnected, type FullyConnectedOptions } from "./fullyConnected.js";
export { instanceNorm } from "./instanceNorm.js";
export { pixelMean } from "./pixelMean.js";
export { kernels, registerKernels, type Kernels } from "./kernels.js";
export { lodBlend } from "./lodBlend.js";
export {
  designLowpassFilter,
  kaiserAttenuation,
  kaiserBeta,
  lowpassTaps,
  type LowpassDesign,
} from "./lowpassFilter.js";
export { minibatchStddev } from "./minibatchStddev.js";
export { mixStyles, type Mixing } from "./mixStyles.js";
export { modulatedConv2d, type ModulatedConv2dOptions } from "./modulatedConv2d.js";
export { modulatedConv2dSG3, type ModulatedConv2dSG3Options } from "./modulatedConv2dSG3.js";
export { normalizeSecondMoment } from "./normalizeSecondMoment.js";
export { pixelNorm } from "./pixelNorm.js";
export { insertZeros, keepEvery, padOrCrop } from "./resampleGrid.js";
export { rgbLayer, type RgbLayerOptions } from "./rgbLayer.js";
export { setupFilter, type Filter, type SetupFilterOptions } from "./setupFilter.js";
export { sineOfTurns } from "./sineOfTurns.js";
export { styleModulate } from "./styleModulate.js";
export { derive, forget, remember } from "./derived.js";
export { turnKernel } from "./turnKernel.js";
export { truncate, type TruncateOptions } from "./truncate.js";
export { upfirdn2dReference } from "./upfirdn2dReference.js";
export { upfirdn2d, type Upfirdn2dOptions } from "./upfirdn2d.js";
export { upsample2d } from "./upsample2d.js";
export { upsampleConv2d, type UpsampleConv2dOptions } from "./upsampleConv2d.js";
export { upsampleNearest } from "./upsampleNearest.js";
export { updateWAverage, wAverage } from "./wAverage.js";
