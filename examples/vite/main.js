import { decode } from 'wring/decode';
// Packed when the page is built: .wrg instead of .onnx travels to the reader.
import url from './model.onnx?method=uniform&samples=8&wring';

const response = await fetch(url);
const model = await decode(new Uint8Array(await response.arrayBuffer()));
document.querySelector('#result').textContent = `${model.length} bytes of ONNX`;
