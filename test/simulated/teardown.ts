import { down } from '../../testbed/simulation';

export default down;
