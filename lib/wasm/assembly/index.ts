export { finish, normalise } from "./layers";
export { transformInput, transformOutput, transformWeight } from "./winograd";
export * from "./resampling";
