// Types of `import url from './model.onnx?wring'`. With further options the last one has to be `&wring`.
declare module '*?wring' {
  const url: string;
  export default url;
}
declare module '*&wring' {
  const url: string;
  export default url;
}
